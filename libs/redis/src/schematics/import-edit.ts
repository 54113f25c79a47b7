import type ts from 'typescript';
import { quoted } from './kit-options.js';
import { lineEndAfter, styleOf, type TextEdit } from './text-edit.js';

export const PACKAGE = 'nestjs-redis-kit';
const CLASS = 'RedisModule';
/** When the file has another `RedisModule`, such as that of @liaoliaots/nestjs-redis. */
const OTHER_NAME = 'RedisKitModule';

export interface KitNames {
  /** How the file calls `RedisModule` of this package now. */
  readonly existing: readonly string[];
  /** How the new entry calls it. */
  readonly className: string;
}

export function namesOfKit(compiler: typeof ts, source: ts.SourceFile): KitNames {
  const clauses = importsFrom(compiler, source);
  const named = clauses.flatMap(({ bindings }) =>
    compiler.isNamedImports(bindings)
      ? bindings.elements
          .filter((one) => !one.isTypeOnly && (one.propertyName ?? one.name).text === CLASS)
          .map((one) => one.name.text)
      : [`${bindings.name.text}.${CLASS}`],
  );
  const [className = isTaken(compiler, source) ? OTHER_NAME : CLASS] = named;
  return { existing: named, className };
}

/** What makes the name of the new entry known, if it is not. */
export function importEdits(
  compiler: typeof ts,
  source: ts.SourceFile,
  { existing, className }: KitNames,
): readonly TextEdit[] {
  if (existing.length > 0) return [];
  const specifier = className === CLASS ? CLASS : `${CLASS} as ${className}`;
  for (const { bindings } of importsFrom(compiler, source)) {
    const last = compiler.isNamedImports(bindings) ? bindings.elements.at(-1) : undefined;
    if (last) return [intoBraces(source, last, specifier)];
  }
  return [newImport(compiler, source, specifier)];
}

interface KitImport {
  readonly bindings: ts.NamedImportBindings;
}

function importsFrom(compiler: typeof ts, source: ts.SourceFile): readonly KitImport[] {
  return source.statements.flatMap((statement) => {
    if (!compiler.isImportDeclaration(statement) || specifierOf(statement) !== PACKAGE) return [];
    const { importClause } = statement;
    const bindings = importClause?.namedBindings;
    return bindings && !importClause.isTypeOnly ? [{ bindings }] : [];
  });
}

function specifierOf({ moduleSpecifier }: ts.ImportDeclaration): string {
  return moduleSpecifier.getText().slice(1, -1);
}

function isTaken(compiler: typeof ts, source: ts.SourceFile): boolean {
  return source.statements.some((statement) => {
    if (compiler.isClassDeclaration(statement)) return statement.name?.text === CLASS;
    if (!compiler.isImportDeclaration(statement)) return false;
    const { name, namedBindings } = statement.importClause ?? {};
    const names =
      namedBindings && compiler.isNamedImports(namedBindings) ? namedBindings.elements : [];
    return [name, ...names.map((one) => one.name)].some((one) => one?.text === CLASS);
  });
}

function intoBraces(source: ts.SourceFile, last: ts.ImportSpecifier, specifier: string): TextEdit {
  const before = source.text.slice(last.getFullStart(), last.getStart(source));
  const space = before.includes('\n') ? before.slice(before.search(/\r?\n/)) : ' ';
  return { start: last.end, end: last.end, text: `,${space}${specifier}` };
}

/** After the imports of other packages, before those of the application's own files. */
function newImport(compiler: typeof ts, source: ts.SourceFile, specifier: string): TextEdit {
  const { newline, quote, semicolon } = styleOf(source.text);
  const line = `import { ${specifier} } from ${quoted(PACKAGE, quote)}${semicolon}`;
  const imports = source.statements.filter(compiler.isImportDeclaration);
  const packages = imports.filter((one) => !specifierOf(one).startsWith('.'));
  const last = packages.at(-1) ?? imports.at(-1);
  const at = last ? lineEndAfter(source.text, last.end) : source.getStart();
  return { start: at, end: at, text: last ? newline + line : line + newline };
}
