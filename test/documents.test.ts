// The documents: they name files, pages and commands that exist.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const documents = [
  ...readdirSync(root).filter((file) => file.endsWith('.md')),
  ...readdirSync(join(root, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
];
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Paths of this repository that a text names; a star, a brace or NAME stands for any. */
function pathsIn(text: string): string[] {
  const paths = /(?<![\w./-])(?:src|training|test|scripts|assembly|types|docs|public)\/[\w./*{},-]+/g;
  return [...text.matchAll(paths)].map(([path]) =>
    path.replace(/[.,]+$/, '').replace(/[^/]*(?:[*{]|\bNAME\b).*$/, ''),
  );
}

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(documents)('%s', (document) => {
  const text = read(document);

  // A changelog tells what was where.
  const told = document === 'CHANGELOG.md' ? [] : pathsIn(text);

  it('names files that exist', () => {
    expect(told.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('links to pages and headings that exist', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)];
    for (const [link, page, anchor] of links) {
      const target = page ? join(dirname(document), page) : document;
      expect(existsSync(join(root, target)), link).toBe(true);
      if (anchor) expect(anchorsOf(read(target)), link).toContain(anchor);
    }
  });

  it('tells commands that npm knows', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const [line, names] of text.matchAll(/npm run (?:--silent )?([a-z:]+(?: \| [a-z:]+)*)/g)) {
      for (const name of names.split(' | ')) expect(Object.keys(scripts), line).toContain(name);
    }
  });
});

it('tells a path that is there from one that is not', () => {
  const text = 'See `src/dsp/fft.ts`, src/dsp/{fft,mel}.ts and (`test/nothing.test.ts`).';
  expect(pathsIn(text)).toEqual(['src/dsp/fft.ts', 'src/dsp/', 'test/nothing.test.ts']);
  expect(pathsIn(text).map((path) => existsSync(join(root, path)))).toEqual([true, true, false]);
});
