import ts from 'typescript';

export interface Import {
  specifier: string;
  /** Values taken by name. A type, a namespace, a default or a dynamic import gives none. */
  names: string[];
  /** Erased by the compiler: it loads nothing. */
  typeOnly: boolean;
}

export interface SourceFacts {
  /** Relative to the checkout, with forward slashes. */
  file: string;
  imports: Import[];
  exportsAll: boolean;
  /** Exported classes, functions and constants. */
  exports: string[];
  /** Every identifier that the file mentions. */
  identifiers: ReadonlySet<string>;
  readsEnvironment: boolean;
  /** The global one, not a method or a variable of that name. */
  usesFetch: boolean;
}

/** What the rules look at, taken from the syntax alone: nothing is resolved or type-checked. */
export function readSource(file: string, text: string): SourceFacts {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const nodes = allNodes(source);
  const identifiers = nodes.filter(ts.isIdentifier);
  return {
    file,
    imports: nodes.flatMap(readImport),
    exportsAll: nodes.some((node) => ts.isExportDeclaration(node) && !!node.moduleSpecifier && !isNamed(node)),
    exports: source.statements.flatMap(readExport),
    identifiers: new Set(identifiers.map((node) => node.text)),
    readsEnvironment: nodes.some(isEnvironment),
    usesFetch: !identifiers.some(declaresFetch) && identifiers.some(isGlobalFetch),
  };
}

function allNodes(node: ts.Node): ts.Node[] {
  const nodes: ts.Node[] = [];
  const visit = (child: ts.Node): void => {
    nodes.push(child);
    ts.forEachChild(child, visit);
  };
  visit(node);
  return nodes;
}

function readImport(node: ts.Node): Import[] {
  if (ts.isImportDeclaration(node)) {
    return imported(node.moduleSpecifier, node.importClause?.namedBindings, node.importClause?.isTypeOnly ?? false);
  }
  if (ts.isExportDeclaration(node)) return imported(node.moduleSpecifier, node.exportClause, node.isTypeOnly);
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return imported(node.argument.literal, undefined, true);
  }
  if (ts.isExternalModuleReference(node)) return imported(node.expression, undefined, false);
  const loads = ts.isCallExpression(node) && /^(import|require)$/.test(node.expression.getText());
  return loads ? imported(node.arguments[0], undefined, false) : [];
}

function imported(
  specifier: ts.Node | undefined,
  bindings: ts.NamedImportBindings | ts.NamedExportBindings | undefined,
  clauseIsTypeOnly: boolean,
): Import[] {
  if (!specifier || !ts.isStringLiteralLike(specifier)) return [];
  const elements = bindings && 'elements' in bindings ? [...bindings.elements] : [];
  const typeOnly = clauseIsTypeOnly || (elements.length > 0 && elements.every((element) => element.isTypeOnly));
  const values = elements.filter((element) => !typeOnly && !element.isTypeOnly);
  const names = values.map((element) => (element.propertyName ?? element.name).text);
  return [{ specifier: specifier.text, names, typeOnly }];
}

function isNamed(node: ts.ExportDeclaration): boolean {
  return node.exportClause !== undefined && ts.isNamedExports(node.exportClause);
}

function readExport(statement: ts.Statement): string[] {
  const exported =
    ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword);
  if (!exported) return [];
  if (ts.isClassDeclaration(statement) || ts.isFunctionDeclaration(statement)) {
    return statement.name ? [statement.name.text] : [];
  }
  return ts.isVariableStatement(statement)
    ? statement.declarationList.declarations.map(({ name }) => name.getText())
    : [];
}

function isEnvironment(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return isProcess(node.expression) && node.name.text === 'env';
  if (ts.isElementAccessExpression(node)) return isProcess(node.expression);
  if (ts.isVariableDeclaration(node)) {
    return ts.isObjectBindingPattern(node.name) && !!node.initializer && isProcess(node.initializer);
  }
  return readImport(node).some(({ specifier, names }) => /^(node:)?process$/.test(specifier) && names.includes('env'));
}

function isProcess(node: ts.Node): boolean {
  return /^(globalThis\.)?process$/.test(node.getText());
}

function declaresFetch(node: ts.Identifier): boolean {
  const { parent } = node;
  const declares =
    ts.isParameter(parent) ||
    ts.isVariableDeclaration(parent) ||
    ts.isFunctionDeclaration(parent) ||
    ts.isBindingElement(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isImportClause(parent);
  return node.text === 'fetch' && declares && parent.name === node;
}

function isGlobalFetch(node: ts.Identifier): boolean {
  const { parent } = node;
  if (node.text !== 'fetch') return false;
  if (ts.isPropertyAccessExpression(parent)) {
    return parent.expression === node || parent.expression.getText() === 'globalThis';
  }
  return !ts.isClassElement(parent) && !ts.isTypeElement(parent) && !ts.isPropertyAssignment(parent);
}
