import type ts from 'typescript';
import type { SourceText, TypeScript } from './module-edit.js';
import { applyEdits, indentationAt, lineEndAfter, styleOf } from './text-edit.js';

/**
 * Adds `app.enableShutdownHooks()` after the application is made, so that connections and an embedded server end with it.
 * A file that calls it comes back as it is.
 *
 * @returns undefined when the file does not make the application by `const app = await NestFactory.create(…)`
 */
export function enableShutdownHooks(
  compiler: TypeScript,
  { file, text }: SourceText,
): string | undefined {
  if (/\.enableShutdownHooks\(/.test(text)) return text;
  const source = compiler.createSourceFile(file, text, compiler.ScriptTarget.Latest, true);
  const made = findCreation(compiler, source);
  if (!made) return undefined;
  const { newline, semicolon } = styleOf(text);
  const line = `${made.name}.enableShutdownHooks()${semicolon}`;
  const at = lineEndAfter(text, made.statement.end);
  const start = made.statement.getStart(source);
  const added = newline + indentationAt(text, start) + line;
  return applyEdits(text, [{ start: at, end: at, text: added }]);
}

interface Creation {
  readonly name: string;
  readonly statement: ts.Statement;
}

function findCreation(compiler: TypeScript, node: ts.Node): Creation | undefined {
  if (compiler.isVariableStatement(node)) {
    const [declared] = node.declarationList.declarations;
    const isMade = /^(await\s+)NestFactory\s*\.\s*create\s*[<(]/.test(
      declared?.initializer?.getText() ?? '',
    );
    if (isMade && declared && compiler.isIdentifier(declared.name))
      return { name: declared.name.text, statement: node };
  }
  return compiler.forEachChild(node, (child) => findCreation(compiler, child));
}
