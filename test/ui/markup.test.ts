// Text from files never becomes markup: the program writes text nodes and attributes, by lit, and nothing parses HTML at run time.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const parsing =
  /\b(innerHTML|outerHTML|insertAdjacentHTML|unsafeHTML|unsafeSVG|unsafeMathML|unsafeStatic|createContextualFragment|DOMParser|srcdoc|document\.write)\b/;

it('is parsed nowhere', () => {
  const files = readdirSync('src', { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name.endsWith('.ts'),
  );
  expect(files.length).toBeGreaterThan(200);
  const found = files
    .map(({ parentPath, name }) => `${parentPath}/${name}`)
    .filter((file) => parsing.test(readFileSync(file, 'utf8')));
  expect(found).toEqual([]);
});
