// The headers of the served page, read from public/_headers: one source for static hosts, `npm start` and the dev server.
import { readFileSync } from 'node:fs';

/**
 * Reads rules in the syntax of Netlify's and Cloudflare Pages' `_headers`: a line with a path, which may end in `*`, then
 * indented lines `Name: value`; lines that start with `#` are comments.
 * @throws SyntaxError naming the line that is neither
 */
export function parseHeaderRules(text) {
  const rules = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const header = /^\s+([\w-]+):\s*(.*\S)\s*$/.exec(line);
    if (header && rules.length > 0) rules.at(-1).headers.push([header[1], header[2]]);
    else if (/^\/[^*\s]*\*?$/.test(line)) rules.push({ path: line, headers: [] });
    else {
      throw new SyntaxError(
        `_headers line ${index + 1} must be a path from / on or an indented 'Name: value' below one, got '${line}'`,
      );
    }
  }
  return rules;
}

/** The rules of public/_headers. */
export const headerRules = parseHeaderRules(
  readFileSync(new URL('../public/_headers', import.meta.url), 'utf8'),
);

const matches = (path, pathname) =>
  path.endsWith('*') ? pathname.startsWith(path.slice(0, -1)) : pathname === path;

/** What the rules say of one file, values of the same name joined as the hosts do. */
export function headersOf(pathname, rules = headerRules) {
  const headers = {};
  for (const rule of rules) {
    if (!matches(rule.path, pathname)) continue;
    for (const [name, value] of rule.headers) {
      headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
    }
  }
  return headers;
}

/** What the rule for everything says. */
export const everyAnswer = Object.fromEntries(headerRules.find(({ path }) => path === '/*')?.headers ?? []);
