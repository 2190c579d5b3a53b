// All mutants of a source file, the regions in which they stand, and the file's text with the one or the other put in.
import ts from 'typescript';
import { changesOf, isLeftOut, type Change } from './operators.ts';
import type { Mutant, Region } from './mutant.ts';

/** What can be changed in a file. */
export interface MutableFile {
  readonly mutants: readonly Mutant[];
  readonly regions: readonly Region[];
}

/**
 * Finds every mutant of a file. Each one parses; types are not checked, so a mutant may be one that the compiler refuses.
 *
 * @param file path that the mutants carry
 * @param text TypeScript source
 */
export function findMutants(file: string, text: string): MutableFile {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const regions: Region[] = [{ start: 0, end: text.length, shape: 'module' }];
  const mutants: Mutant[] = [];
  const seen = new Set<string>();

  const visit = (node: ts.Node, outer: number): void => {
    if (isLeftOut(node)) return;
    const shape = shapeOf(node);
    let region = outer;
    if (shape) {
      region = regions.length;
      regions.push({ start: node.getStart(), end: node.getEnd(), shape });
    }
    for (const found of changesOf(node)) {
      const key = `${found.start} ${found.end} ${found.replacement}`;
      if (seen.has(key)) continue;
      seen.add(key);
      mutants.push({ file, region, ...found });
    }
    if (ts.isCaseOrDefaultClause(node)) {
      if (ts.isCaseClause(node)) visit(node.expression, region);
      const clause = regions.length;
      regions.push({ start: node.statements.pos - 1, end: node.getEnd(), shape: 'block' });
      for (const statement of node.statements) visit(statement, clause);
      return;
    }
    ts.forEachChild(node, (child) => visit(child, region));
  };
  visit(source, 0);
  return { mutants, regions };
}

/** The text with one change in it. */
export function applied(
  text: string,
  { start, end, replacement }: Pick<Change, 'start' | 'end' | 'replacement'>,
): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/** The text with a note at the entry of every region, kept in `globalThis.mutateReach[file]`. Lines stay where they are. */
export function instrumented(file: string, text: string): string {
  const { regions } = findMutants(file, text);
  const insertions: { at: number; order: number; text: string }[] = [];
  regions.forEach(({ start, end, shape }, index) => {
    const mark = `mutateReached[${index}] = 1`;
    if (shape === 'block') insertions.push({ at: start + 1, order: index, text: `${mark};` });
    if (shape === 'statement' || shape === 'expression') {
      const [open, close] = shape === 'statement' ? [`{${mark};`, '}'] : [`(${mark}, `, ')'];
      // Where regions share an end the inner one closes first.
      insertions.push({ at: start, order: index, text: open }, { at: end, order: -index, text: close });
    }
  });
  insertions.sort((a, b) => a.at - b.at || a.order - b.order);
  let result = `const mutateReached = ((globalThis.mutateReach ??= {})[${JSON.stringify(file)}] ??= new Uint8Array(${regions.length}));mutateReached[0] = 1;`;
  let from = 0;
  for (const insertion of insertions) {
    result += text.slice(from, insertion.at) + insertion.text;
    from = insertion.at;
  }
  return result + text.slice(from);
}

/** How a node is entered as a whole, if it is. */
function shapeOf(node: ts.Node): Region['shape'] | undefined {
  const { parent } = node;
  if (!parent) return undefined;
  if (ts.isBlock(node)) return 'block';
  if (ts.isIfStatement(parent) && (parent.thenStatement === node || parent.elseStatement === node))
    return 'statement';
  if (ts.isIterationStatement(parent, false) && parent.statement === node) return 'statement';
  const entered =
    (ts.isArrowFunction(parent) && parent.body === node) ||
    (ts.isConditionalExpression(parent) && parent.condition !== node && ts.isExpression(node)) ||
    ((ts.isParameter(parent) || ts.isPropertyDeclaration(parent)) && parent.initializer === node) ||
    (ts.isBinaryExpression(parent) && parent.right === node && isShortCircuit(parent.operatorToken.kind));
  return entered ? 'expression' : undefined;
}

function isShortCircuit(kind: ts.SyntaxKind): boolean {
  return (
    kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    kind === ts.SyntaxKind.BarBarToken ||
    kind === ts.SyntaxKind.QuestionQuestionToken
  );
}
