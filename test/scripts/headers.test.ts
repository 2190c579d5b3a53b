// public/_headers: what its rules say of the files of a build, and how such files are read.
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { everyAnswer, headerRules, headersOf, parseHeaderRules } from '../../scripts/headers.mjs';

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'cross-origin',
};

describe('the rules of public/_headers', () => {
  it('isolate everything', () => {
    expect(everyAnswer).toEqual(isolation);
    expect(headersOf('/none')).toEqual(isolation);
  });

  it('keep hashed files for a year without asking', () => {
    expect(headersOf('/assets/index-D02cSUBp.js')).toEqual({
      ...isolation,
      'Cache-Control': 'public, max-age=31536000, immutable',
    });
  });

  it('let the page and every file of public/ be asked for again', () => {
    const files = readdirSync('public', { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== '_headers')
      .map(({ parentPath, name }) => `${parentPath.replaceAll('\\', '/').replace(/^public/, '')}/${name}`);
    expect(files).toContain('/models/fsdd/manifest.json');
    for (const file of ['/', '/index.html', ...files]) {
      expect(headersOf(file), file).toEqual({ ...isolation, 'Cache-Control': 'no-cache' });
    }
  });

  it('are as many as their paths', () => {
    expect(new Set(headerRules.map(({ path }) => path)).size).toBe(headerRules.length);
  });
});

describe('parseHeaderRules', () => {
  it('reads paths with indented headers, leaving out comments and empty lines', () => {
    expect(parseHeaderRules('# all\n/*\r\n  A: b: c  \n\n\tD-E: f\n/x\n')).toEqual([
      {
        path: '/*',
        headers: [
          ['A', 'b: c'],
          ['D-E', 'f'],
        ],
      },
      { path: '/x', headers: [] },
    ]);
  });

  it('refuses other lines by number', () => {
    expect(() => parseHeaderRules('/*\n  A: b\nC: d')).toThrow(/line 3.*'C: d'/);
    expect(() => parseHeaderRules('  A: b')).toThrow(/line 1/);
    expect(() => parseHeaderRules('/*/x')).toThrow(/line 1/);
  });
});

describe('headersOf', () => {
  it('joins the values of rules that meet, as the hosts do', () => {
    const rules = parseHeaderRules('/*\n  A: 1\n/x/*\n  A: 2\n/x/y\n  B: 3');
    expect(headersOf('/x/y', rules)).toEqual({ A: '1, 2', B: '3' });
    expect(headersOf('/x', rules)).toEqual({ A: '1' });
  });
});
