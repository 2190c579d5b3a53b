// Finds what allocates in the functions that can be reached from a method, by reading their source.
import ts from 'typescript';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Built-in calls that allocate nothing. */
const harmlessBuiltIns = new Set([
  'Number.isInteger',
  'TypedArray.fill',
  'TypedArray.copyWithin',
  'TypedArray.set',
]);
/**
 * Calls out of our sources, of which it is known that they allocate nothing: fft.js works in place, and the loops of
 * assembly/engine.ts work in a memory that does not grow (numbers go in and out as they are). A clock gives a number.
 */
const harmlessLibraries = new Set([
  'FFT.transform',
  'FFT.inverseTransform',
  'Kernel.#clock',
  'LoopExports.emit',
  'LoopExports.gather',
  'LoopExports.harmonics',
  'LoopExports.interpolate',
  'LoopExports.invertMel',
  'LoopExports.invertMelColumns',
  'LoopExports.logarithms',
  'LoopExports.project',
  'LoopExports.split',
  'LoopExports.startPhases',
  'LoopExports.synthesise',
]);

const allocatingSyntax = new Map<ts.SyntaxKind, string>([
  [ts.SyntaxKind.ArrayLiteralExpression, 'array literal'],
  [ts.SyntaxKind.ObjectLiteralExpression, 'object literal'],
  [ts.SyntaxKind.ArrowFunction, 'closure'],
  [ts.SyntaxKind.FunctionExpression, 'closure'],
  [ts.SyntaxKind.ClassExpression, 'class'],
  [ts.SyntaxKind.NewExpression, 'new'],
  [ts.SyntaxKind.SpreadElement, 'spread'],
  [ts.SyntaxKind.SpreadAssignment, 'spread'],
  [ts.SyntaxKind.TemplateExpression, 'string'],
  [ts.SyntaxKind.RegularExpressionLiteral, 'regular expression'],
  [ts.SyntaxKind.ForOfStatement, 'iterator'],
  [ts.SyntaxKind.ForInStatement, 'iterator'],
  [ts.SyntaxKind.ArrayBindingPattern, 'iterator'],
  [ts.SyntaxKind.YieldExpression, 'generator'],
  [ts.SyntaxKind.AwaitExpression, 'promise'],
]);

/** What was found: the reachable functions, one line for each allocation, and what of `harmlessLibraries` was called. */
export interface AllocationReport {
  readonly reached: string[];
  readonly allocations: string[];
  readonly outside: string[];
}

type WithBody = ts.FunctionLikeDeclaration & { readonly body: ts.ConciseBody };

function hasBody(node: ts.Node): node is WithBody {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined;
}

function nameOf(node: ts.Node): string {
  const isNamed = ts.isFunctionLike(node) || ts.isPropertySignature(node) || ts.isPropertyDeclaration(node);
  const own = isNamed ? (node.name?.getText() ?? '') : '';
  const parent = node.parent;
  const owner = ts.isClassLike(parent) || ts.isInterfaceDeclaration(parent) ? `${parent.name?.text}.` : '';
  return owner + own;
}

const programs = new Map<string, ts.Program>();

/** The type-checked program of a file and all that it imports. */
function programOf(file: string): ts.Program {
  const known = programs.get(file);
  if (known) return known;
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const program = ts.createProgram([`${root}${file}`, `${root}src/dsp/fftjs.d.ts`], {
    ...options,
    types: [],
  });
  programs.set(file, program);
  return program;
}

/**
 * Walks every function that `className.methodName` of `file` can reach. A call through an interface reaches the methods of
 * every class of the program that implements it. Throwing is left out: a thrown error ends the note anyway.
 */
export function allocationsFrom(file: string, className: string, methodName: string): AllocationReport {
  const program = programOf(file);
  const checker = program.getTypeChecker();
  const ours = program.getSourceFiles().filter((source) => source.fileName.startsWith(`${root}src/`));
  const classes: ts.ClassDeclaration[] = [];
  for (const source of ours) {
    ts.forEachChild(source, (node) => {
      if (ts.isClassDeclaration(node)) classes.push(node);
    });
  }
  const entry = classes
    .find((node) => node.name?.text === className)
    ?.members.find((member) => member.name?.getText() === methodName);
  if (!entry || !hasBody(entry)) throw new Error(`${file} has no ${className}.${methodName}`);

  const reached = new Set<WithBody>([entry]);
  const allocations: string[] = [];
  const outside = new Set<string>();

  const reach = (declaration: ts.Declaration, call: string, at: string): void => {
    const isOurs = declaration.getSourceFile().fileName.startsWith(`${root}src/`);
    if (hasBody(declaration)) {
      if (isOurs) reached.add(declaration);
      return;
    }
    const owner = declaration.parent;
    if (isOurs && ts.isInterfaceDeclaration(owner) && ts.isMethodSignature(declaration)) {
      for (const node of classes) {
        const implementsIt = node.heritageClauses?.some((clause) =>
          clause.types.some((type) => type.expression.getText() === owner.name.text),
        );
        for (const member of implementsIt ? node.members : []) {
          if (hasBody(member) && member.name?.getText() === declaration.name.getText()) reached.add(member);
        }
      }
      return;
    }
    const name = nameOf(declaration).replace(/^(Float|Int|Uint|BigInt)\d+Array\./, 'TypedArray.');
    const isMath = ts.isInterfaceDeclaration(owner) && owner.name.text === 'Math';
    const builtIn = name.replace('NumberConstructor', 'Number');
    if (harmlessLibraries.has(name)) outside.add(name);
    else if (!isMath && !harmlessBuiltIns.has(builtIn)) allocations.push(`${at}: call of ${call} (${name})`);
  };

  const declaredType = (node: ts.Node): string => {
    const declaration = checker.getSymbolAtLocation(
      ts.isPropertyAccessExpression(node) ? node.name : node,
    )?.valueDeclaration;
    return declaration && ts.isPropertyDeclaration(declaration) ? (declaration.type?.getText() ?? '') : '';
  };

  const inspect = (fn: WithBody): void => {
    const source = fn.getSourceFile();
    const where = (node: ts.Node): string => {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      return `${source.fileName.slice(root.length)}:${line + 1} ${nameOf(fn)}`;
    };
    const visit = (node: ts.Node): void => {
      if (ts.isThrowStatement(node)) return;
      const kind = allocatingSyntax.get(node.kind);
      if (kind) allocations.push(`${where(node)}: ${kind}`);
      if (
        ts.isBinaryExpression(node) &&
        node.operatorToken.kind === ts.SyntaxKind.PlusToken &&
        checker.getTypeAtLocation(node).flags & ts.TypeFlags.StringLike
      ) {
        allocations.push(`${where(node)}: string`);
      }
      if (ts.isCallExpression(node)) {
        const declaration = checker.getResolvedSignature(node)?.declaration;
        const property = ts.isPropertyAccessExpression(node.expression) ? node.expression : undefined;
        const declared = property && checker.getSymbolAtLocation(property.name)?.valueDeclaration;
        const target = declaration && ts.isFunctionTypeNode(declaration) ? declared : declaration;
        // The members of a mapped type are declared nowhere: they go by the type that their owner is declared with.
        const exported = property ? `${declaredType(property.expression)}.${property.name.text}` : '';
        if (harmlessLibraries.has(exported)) outside.add(exported);
        else if (target) reach(target, node.expression.getText(), where(node));
        else
          allocations.push(`${where(node)}: call of ${node.expression.getText()}, whose target is unknown`);
      } else if (ts.isPropertyAccessExpression(node)) {
        for (const declaration of checker.getSymbolAtLocation(node.name)?.declarations ?? []) {
          if (ts.isAccessor(declaration) && hasBody(declaration)) reached.add(declaration);
        }
      }
      ts.forEachChild(node, visit);
    };
    for (const parameter of fn.parameters) if (parameter.initializer) visit(parameter.initializer);
    visit(fn.body);
  };
  // A Set visits what is added while it is walked.
  for (const fn of reached) inspect(fn);
  return { reached: [...reached].map(nameOf), allocations, outside: [...outside].sort() };
}
