import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** Their first argument says on which servers the tests in the second one run. */
const DECLARE_SERVERS = ['describeOnServers', 'itAgrees'];

/** A place in a test that names a code. */
export interface Showing {
  /** Relative to the folder. */
  file: string;
  /** As the test declares them; none where what answers is a part of the test. */
  servers: readonly string[];
}

/**
 * For each code, where tests name it: inside of a `describeOnServers` or, nearer by, an `itAgrees`, and in the functions of
 * the same file and of `testing` folders that those use.
 */
export function showingsOf(codes: readonly string[], folder: string, isLeftOut: RegExp): Map<string, Showing[]> {
  const showings = new Map(codes.map((code): [string, Showing[]] => [code, []]));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (path) => /\.(spec|medium)\.ts$/.test(path) && !isLeftOut.test(path),
  );
  for (const file of files.sort()) {
    const note = (text: string, servers: readonly string[]) => showings.get(text)?.push({ file, servers });
    for (const statement of parsed(join(folder, file)).statements) {
      if (ts.isExpressionStatement(statement)) walk(statement, { servers: [], followed: [], note });
    }
  }
  return showings;
}

interface Way {
  servers: readonly string[];
  followed: readonly ts.Node[];
  note: (text: string, servers: readonly string[]) => void;
}

function walk(node: ts.Node, way: Way): void {
  if (ts.isStringLiteralLike(node)) way.note(node.text, way.servers);
  const declaration = ts.isIdentifier(node) ? declarationOf(node.text, node.getSourceFile()) : undefined;
  if (declaration !== undefined && !way.followed.includes(declaration)) {
    walk(declaration, { ...way, followed: [...way.followed, declaration] });
  }
  const servers = (ts.isCallExpression(node) && declaredBy(node)) || way.servers;
  ts.forEachChild(node, (child) => walk(child, { ...way, servers }));
}

function declaredBy({ expression, arguments: [list] }: ts.CallExpression): string[] | null {
  if (!DECLARE_SERVERS.includes(expression.getText())) return null;
  return list !== undefined && ts.isArrayLiteralExpression(list)
    ? list.elements.filter(ts.isStringLiteral).map(({ text }) => text)
    : null;
}

/** What stands outside of every test, by its name. */
const declarations = new Map<ts.SourceFile, Map<string, ts.Node>>();

function declarationOf(name: string, source: ts.SourceFile): ts.Node | undefined {
  const known = declarations.get(source) ?? new Map<string, ts.Node>();
  if (!declarations.has(source)) {
    declarations.set(source, known);
    for (const statement of source.statements) collect(statement, source, known);
  }
  return known.get(name);
}

function collect(statement: ts.Statement, source: ts.SourceFile, into: Map<string, ts.Node>): void {
  if (ts.isFunctionDeclaration(statement) && statement.name) into.set(statement.name.text, statement);
  if (ts.isVariableStatement(statement)) {
    for (const variable of statement.declarationList.declarations) into.set(variable.name.getText(), variable);
  }
  if (!ts.isImportDeclaration(statement)) return;
  const path = (statement.moduleSpecifier as ts.StringLiteral).text;
  const names = statement.importClause?.namedBindings;
  if (!/^\..*\/testing\//.test(path) || !names || !ts.isNamedImports(names)) return;
  const imported = parsed(join(dirname(source.fileName), path.replace(/\.js$/, '.ts')));
  for (const { name } of names.elements) {
    const declaration = declarationOf(name.text, imported);
    if (declaration !== undefined) into.set(name.text, declaration);
  }
}

const sources = new Map<string, ts.SourceFile>();

function parsed(path: string): ts.SourceFile {
  const known = sources.get(path);
  if (known !== undefined) return known;
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022, true);
  sources.set(path, source);
  return source;
}
