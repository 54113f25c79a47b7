import type ts from 'typescript';
import { importEdits, namesOfKit } from './import-edit.js';
import { forRootCall, type KitOptions } from './kit-options.js';
import { insertItem, listOf } from './list-edit.js';
import { applyEdits, styleOf, type TextEdit } from './text-edit.js';

/** The compiler API, which the application brings. */
export type TypeScript = typeof ts;

export interface SourceText {
  /** Path, for messages. */
  readonly file: string;
  readonly text: string;
}

/**
 * Adds `RedisModule.forRoot({ … })` to the imports of the module class in a file, and the import of `RedisModule`. Nothing
 * else of the file changes; a file that has the module already comes back as it is.
 *
 * @throws Error that says what to write by hand, when the file has no module class with its metadata in place
 */
export function addRedisModule(
  compiler: TypeScript,
  { file, text }: SourceText,
  options: KitOptions,
): string {
  const source = compiler.createSourceFile(file, text, compiler.ScriptTarget.Latest, true);
  const metadata = metadataOf(compiler, source);
  if (!metadata) throw unreadable(file, 'no class with @Module({ … })', options);
  const imports = importsOf(compiler, metadata);
  const names = namesOfKit(compiler, source);
  if (imports && mentions(compiler, imports, names.existing)) return text;
  const edits = listEdits(compiler, { source, metadata, imports }, { ...options, ...names });
  if (!edits) throw unreadable(file, 'imports that are no list', options);
  return applyEdits(text, [...edits, ...importEdits(compiler, source, names)]);
}

interface Found {
  readonly source: ts.SourceFile;
  readonly metadata: ts.ObjectLiteralExpression;
  readonly imports: ts.Node | undefined;
}

function listEdits(
  compiler: TypeScript,
  { source, metadata, imports }: Found,
  options: KitOptions & { readonly className: string },
): readonly TextEdit[] | undefined {
  const style = styleOf(source.text);
  const write = (indentation: string): string =>
    forRootCall(options.className, options, { indentation, style });
  if (!imports) {
    const property = (base: string): string => {
      const inner = base + style.indent;
      return `imports: [${style.newline}${inner}${write(inner)},${style.newline}${base}]`;
    };
    const list = listOf(source, metadata);
    return insertItem(source.text, list, { at: 'start', write: property }, style);
  }
  if (!compiler.isPropertyAssignment(imports)) return undefined;
  const { initializer } = imports;
  if (!compiler.isArrayLiteralExpression(initializer)) return undefined;
  return insertItem(source.text, listOf(source, initializer), { at: 'end', write }, style);
}

/** Of the class `AppModule`, else of the first module of the file. */
function metadataOf(
  compiler: TypeScript,
  source: ts.SourceFile,
): ts.ObjectLiteralExpression | undefined {
  const found = source.statements.filter(compiler.isClassDeclaration).flatMap((one) => {
    const metadata = (compiler.getDecorators(one) ?? []).flatMap((decorator) =>
      moduleMetadata(compiler, decorator),
    );
    return metadata.map((object) => ({ name: one.name?.text, object }));
  });
  return (found.find(({ name }) => name === 'AppModule') ?? found[0])?.object;
}

function moduleMetadata(
  compiler: TypeScript,
  { expression }: ts.Decorator,
): readonly ts.ObjectLiteralExpression[] {
  if (!compiler.isCallExpression(expression)) return [];
  const [metadata] = expression.arguments;
  const isModule = /(^|\.)Module$/.test(expression.expression.getText());
  return isModule && metadata && compiler.isObjectLiteralExpression(metadata) ? [metadata] : [];
}

function importsOf(
  compiler: TypeScript,
  metadata: ts.ObjectLiteralExpression,
): ts.ObjectLiteralElementLike | undefined {
  return metadata.properties.find(
    ({ name }) =>
      name !== undefined &&
      (compiler.isIdentifier(name) || compiler.isStringLiteral(name)) &&
      name.text === 'imports',
  );
}

/** True when one of the names stands in it; `kit.RedisModule` for a namespace. */
function mentions(compiler: TypeScript, node: ts.Node, names: readonly string[]): boolean {
  const isName = compiler.isIdentifier(node) || compiler.isPropertyAccessExpression(node);
  if (isName && names.includes(node.getText())) return true;
  return compiler.forEachChild(node, (child) => mentions(compiler, child, names)) ?? false;
}

function unreadable(file: string, what: string, options: KitOptions): Error {
  const style = styleOf('');
  const call = forRootCall('RedisModule', options, { indentation: '', style });
  return new Error(
    `${file} has ${what}, so it was left as it is. Name another file of the source folder by --module, or write by hand:\n\n` +
      `import { RedisModule } from 'nestjs-redis-kit';\n\nimports: [${call}]`,
  );
}
