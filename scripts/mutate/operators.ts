// The changes a mutation run tries: each operator reads one node of a TypeScript syntax tree and says what else could stand there.
import ts from 'typescript';

/** Another text for a node, or for a part of it. */
export interface Change {
  readonly operator: string;
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

const K = ts.SyntaxKind;

/** Binary operators by text: what each becomes, and under which name. */
const binary: Readonly<Record<string, readonly [operator: string, ...others: string[]]>> = {
  '+': ['arithmetic', '-'],
  '-': ['arithmetic', '+'],
  '*': ['arithmetic', '/'],
  '/': ['arithmetic', '*'],
  '%': ['arithmetic', '*'],
  '&': ['arithmetic', '|'],
  '|': ['arithmetic', '&'],
  '^': ['arithmetic', '&'],
  '<<': ['arithmetic', '>>'],
  '>>': ['arithmetic', '<<'],
  '>>>': ['arithmetic', '<<'],
  '+=': ['arithmetic', '-='],
  '-=': ['arithmetic', '+='],
  '*=': ['arithmetic', '/='],
  '/=': ['arithmetic', '*='],
  '|=': ['arithmetic', '&='],
  '&=': ['arithmetic', '|='],
  '<': ['relational', '<=', '>='],
  '<=': ['relational', '<', '>'],
  '>': ['relational', '>=', '<='],
  '>=': ['relational', '>', '<'],
  '===': ['equality', '!=='],
  '!==': ['equality', '==='],
  '&&': ['logical', '||'],
  '||': ['logical', '&&'],
};

/** Functions of `Math` and what each is swapped for. */
const mathSwaps: Readonly<Record<string, string>> = {
  min: 'max',
  max: 'min',
  floor: 'ceil',
  ceil: 'floor',
  round: 'floor',
  trunc: 'ceil',
  sin: 'cos',
  cos: 'sin',
};

/** Methods swapped for one of the same shape. */
const methodSwaps: Readonly<Record<string, string>> = {
  some: 'every',
  every: 'some',
  push: 'unshift',
  unshift: 'push',
  shift: 'pop',
  pop: 'shift',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
  find: 'findLast',
  findLast: 'find',
};

/** Methods that may be left out with the receiver still of the same kind. */
const removableMethods = new Set(['filter', 'slice', 'sort', 'toSorted', 'reverse', 'toReversed', 'trim']);

/** Whether a node holds no logic of its own, so that nothing below it is changed: types, imports, messages, logging. */
export function isLeftOut(node: ts.Node): boolean {
  if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return true;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isThrowStatement(node)) return true;
  if (ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === K.DeclareKeyword))
    return true;
  if (ts.isNewExpression(node)) return node.expression.getText().endsWith('Error');
  if (ts.isExpressionStatement(node)) return isLeftOut(node.expression);
  return ts.isCallExpression(node) && /^(console|log)\./.test(node.expression.getText());
}

/** All changes of this one node, none of its children. */
export function changesOf(node: ts.Node): Change[] {
  if (ts.isBinaryExpression(node)) return binaryChanges(node);
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) return unaryChanges(node);
  if (ts.isNumericLiteral(node)) return numberChanges(node);
  if (node.kind === K.TrueKeyword) return [change('boolean', node, 'false')];
  if (node.kind === K.FalseKeyword) return [change('boolean', node, 'true')];
  if (ts.isCallExpression(node)) return callChanges(node);
  if (ts.isPropertyAccessExpression(node) && node.questionDotToken) {
    return [change('optional chaining', node.questionDotToken, '.')];
  }
  if (ts.isStatement(node)) return statementChanges(node);
  if (ts.isConditionalExpression(node)) return negated(node.condition);
  return [];
}

function change(operator: string, node: ts.Node, replacement: string): Change {
  return { operator, start: node.getStart(), end: node.getEnd(), replacement };
}

function binaryChanges(node: ts.BinaryExpression): Change[] {
  const text = node.operatorToken.getText();
  if (text === '??') {
    return [
      change('logical', node, `(${node.left.getText()})`),
      change('logical', node, `(${node.right.getText()})`),
    ];
  }
  if ((text === '+' || text === '+=') && (isText(node.left) || isText(node.right))) return [];
  const known = binary[text];
  if (!known) return [];
  const [operator, ...others] = known;
  return others.map((other) => change(operator, node.operatorToken, other));
}

/** Whether a sum of this operand joins strings. */
function isText(node: ts.Expression): boolean {
  if (ts.isParenthesizedExpression(node)) return isText(node.expression);
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === K.PlusToken) {
    return isText(node.left) || isText(node.right);
  }
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
}

function unaryChanges(node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression): Change[] {
  const { operand, operator } = node;
  if (operator === K.PlusPlusToken || operator === K.MinusMinusToken) {
    const other = operator === K.PlusPlusToken ? '--' : '++';
    const text = operand.getText();
    return [change('arithmetic', node, ts.isPrefixUnaryExpression(node) ? other + text : text + other)];
  }
  return [change('unary removed', node, operand.getText())];
}

function numberChanges(node: ts.NumericLiteral): Change[] {
  if (ts.isPropertyAssignment(node.parent) && node.parent.name === node) return [];
  const value = Number(node.text);
  const more = change('constant', node, String(value + 1));
  return value === 0 ? [more] : [more, change('constant', node, '0')];
}

function callChanges(node: ts.CallExpression): Change[] {
  const { expression } = node;
  if (node.questionDotToken) return [change('optional chaining', node.questionDotToken, '')];
  if (!ts.isPropertyAccessExpression(expression)) return [];
  const { name } = expression;
  const receiver = expression.expression.getText();
  if (receiver === 'Math') {
    const other = mathSwaps[name.text];
    if (name.text === 'abs') return [change('Math function', expression, '')];
    return other === undefined ? [] : [change('Math function', name, other)];
  }
  // A call that is a whole statement is removed as such; without its method it would be the same change.
  if (removableMethods.has(name.text)) {
    return ts.isExpressionStatement(node.parent) ? [] : [change('method', node, receiver)];
  }
  const other = methodSwaps[name.text];
  return other === undefined ? [] : [change('method', name, other)];
}

function statementChanges(node: ts.Statement): Change[] {
  if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node))
    return negated(node.expression);
  if (ts.isForStatement(node)) return node.condition ? negated(node.condition) : [];
  if (ts.isBreakStatement(node) || ts.isContinueStatement(node)) return [change('exit removed', node, ';')];
  if (ts.isReturnStatement(node)) return returnChanges(node);
  return ts.isExpressionStatement(node) ? removed(node) : [];
}

function returnChanges(node: ts.ReturnStatement): Change[] {
  const { expression } = node;
  if (!expression) return [change('exit removed', node, ';')];
  const literal =
    ts.isNumericLiteral(expression) ||
    expression.kind === K.TrueKeyword ||
    expression.kind === K.FalseKeyword ||
    expression.getText() === 'undefined';
  return literal ? [] : [change('return emptied', node, 'return;')];
}

function removed(node: ts.ExpressionStatement): Change[] {
  let { expression } = node;
  while (ts.isAwaitExpression(expression) || ts.isVoidExpression(expression)) ({ expression } = expression);
  if (ts.isCallExpression(expression)) {
    return expression.expression.kind === K.SuperKeyword ? [] : [change('call removed', node, ';')];
  }
  if (ts.isDeleteExpression(expression)) return [change('call removed', node, ';')];
  return ts.isBinaryExpression(expression) && isAssignment(expression.operatorToken.kind)
    ? [change('assignment removed', node, ';')]
    : [];
}

function isAssignment(kind: ts.SyntaxKind): boolean {
  return kind >= K.FirstAssignment && kind <= K.LastAssignment;
}

/** A condition turned round; comparisons and negations have that from their own operators. */
function negated(condition: ts.Expression): Change[] {
  const operator = ts.isBinaryExpression(condition)
    ? binary[condition.operatorToken.getText()]?.[0]
    : undefined;
  if (operator === 'relational' || operator === 'equality') return [];
  if (ts.isPrefixUnaryExpression(condition) || condition.kind === K.TrueKeyword) return [];
  return [change('condition negated', condition, `!(${condition.getText()})`)];
}
