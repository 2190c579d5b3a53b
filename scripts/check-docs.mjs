// Part of `npm run lint`: every export of a public entry has a docblock that says what it is and shows an example.
import { readdirSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The compiler's options as the nearest tsconfig.json above a file says. */
function optionsFor(file) {
  const path = ts.findConfigFile(dirname(file), ts.sys.fileExists);
  if (!path) return {};
  const { config } = ts.readConfigFile(path, ts.sys.readFile);
  return ts.parseJsonConfigFileContent(config, ts.sys, dirname(path)).options;
}

/**
 * Exports of an entry, followed to where they are declared, that lack a description or an `@example`, one line each.
 * @param {string} entry path of a TypeScript file
 * @returns {string[]} empty when all are documented
 * @throws Error when the entry is no module
 */
export function undocumented(entry) {
  const program = ts.createProgram([entry], { ...optionsFor(entry), noEmit: true });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(entry);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${entry} exports nothing; name a module that exists`);
  const faults = [];
  const visit = (container, prefix) => {
    for (const exported of checker.getExportsOfModule(container)) {
      const name = `${prefix}${exported.name}`;
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const [declaration] = symbol.declarations ?? [];
      if (!declaration) {
        faults.push(`${name}: exported from nowhere`);
        continue;
      }
      if (ts.isSourceFile(declaration)) {
        visit(symbol, `${name}.`);
        continue;
      }
      const file = declaration.getSourceFile();
      const line = file.getLineAndCharacterOfPosition(declaration.getStart()).line + 1;
      const place = `${relative(process.cwd(), file.fileName)}:${line} ${name}`;
      if (symbol.getDocumentationComment(checker).length === 0) faults.push(`${place} has no docblock`);
      const example = symbol.getJsDocTags(checker).find((tag) => tag.name === 'example');
      if (!example?.text?.length) faults.push(`${place} has no @example`);
    }
  };
  visit(module, '');
  return faults;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(import.meta.dirname, '..');
  // What a host imports: the barrels that lie beside the rooms.
  const entries = readdirSync(resolve(root, 'src')).filter((file) => /^index.*\.ts$/.test(file));
  const faults = entries.flatMap((entry) => undocumented(resolve(root, 'src', entry)));
  for (const fault of faults) console.error(fault);
  process.exit(faults.length > 0 ? 1 : 0);
}
