// public/_headers: what its rules say of the files of a build, and how such files are read.
import { readdirSync, readFileSync } from 'node:fs';
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
      'Content-Security-Policy': expect.stringMatching(
        /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/,
      ) as unknown,
      'Cache-Control': 'public, max-age=31536000, immutable',
    });
  });

  it('let the page and every file of public/ be asked for again', () => {
    const files = readdirSync('public', { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== '_headers')
      .map(({ parentPath, name }) => `${parentPath.replaceAll('\\', '/').replace(/^public/, '')}/${name}`);
    expect(files).toContain('/models/fsdd/manifest.json');
    for (const file of ['/', '/index.html', ...files]) {
      const { 'Content-Security-Policy': policy, ...rest } = headersOf(file);
      expect(rest, file).toEqual({ ...isolation, 'Cache-Control': 'no-cache' });
      expect(policy !== undefined, file).toBe(file === '/' || file === '/index.html');
    }
  });

  it('let the page run no scripts but its own, and ask no place but its own, as index.html says too', () => {
    const policy = headersOf('/')['Content-Security-Policy'];
    expect(headersOf('/index.html')['Content-Security-Policy']).toBe(policy);
    const [, meta] = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(
      readFileSync('index.html', 'utf8'),
    )!;
    expect(policy).toBe(`${meta}; frame-ancestors 'self'`);
    const rules = new Map(meta.split('; ').map((rule) => [rule.split(' ')[0], rule.split(' ').slice(1)]));
    expect(rules.get('default-src')).toEqual(["'none'"]);
    expect(rules.get('script-src')).toEqual(["'self'", "'wasm-unsafe-eval'"]);
    expect(rules.get('connect-src')).toEqual(["'self'"]);
    for (const rule of ['object-src', 'base-uri', 'form-action']) expect(rules.get(rule)).toEqual(["'none'"]);
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
