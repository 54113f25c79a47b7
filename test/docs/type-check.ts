import { join } from 'node:path';
import ts from 'typescript';
import type { Block } from './blocks.js';
import { FIELDS, WORLD } from './world.js';

const ROOT = join(import.meta.dirname, '../..');

/** Where the names that an example does not import come from; the first that has a name wins. */
const SOURCES = [
  'nestjs-redis-kit',
  'nestjs-redis-kit/testing',
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/websockets',
  'node:http',
  'ws',
];

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  esModuleInterop: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
};

/** Checks examples against the built package, as strictly as an application does. @returns what is wrong, by name */
export function typeCheck(blocks: readonly Block[]): Map<string, string[]> {
  const names = exportsOfSources();
  const files = new Map([[pathOf('world.d.ts'), WORLD]]);
  for (const block of blocks) files.set(pathOf(`${block.name}.ts`), fileOf(block.code, names));
  const program = ts.createProgram([...files.keys()], OPTIONS, hostWith(files));
  return new Map(
    blocks.map((block) => {
      const file = program.getSourceFile(pathOf(`${block.name}.ts`))!;
      return [block.name, [...ts.getPreEmitDiagnostics(program, file)].map(messageOf)];
    }),
  );
}

/** Beside this file, so that packages are found. */
function pathOf(name: string): string {
  return join(import.meta.dirname, name.replaceAll(/[/#]/g, '_'));
}

function hostWith(files: ReadonlyMap<string, string>): ts.CompilerHost {
  const host = ts.createCompilerHost(OPTIONS);
  return {
    ...host,
    getCurrentDirectory: () => ROOT,
    fileExists: (name) => files.has(name) || host.fileExists(name),
    readFile: (name) => files.get(name) ?? host.readFile(name),
    getSourceFile: (name, target) => {
      const text = files.get(name);
      return text === undefined
        ? host.getSourceFile(name, target)
        : ts.createSourceFile(name, text, target, true);
    },
  };
}

function fileOf(code: string, names: ReadonlyMap<string, string>): string {
  const [declared, text] = shapeOf(code);
  const used = new Set(code.match(/\b[A-Za-z]\w+\b/g));
  const known = new Set(
    [...code.matchAll(/(?:class|interface|const|function) (\w+)/g)].map(([, name]) => name),
  );
  const imports = [...used]
    .filter((name) => names.has(name) && !known.has(name) && !declared.has(name))
    .map((name) => `import { ${name} } from '${names.get(name)!}';`);
  return `${imports.join('\n')}\n${text}\nexport {};\n`;
}

/** Programs and classes stand alone; statements are put where `this` is; decorated methods into a class. */
function shapeOf(code: string): [imported: ReadonlySet<string | undefined>, text: string] {
  const parsed = ts.createSourceFile('code.ts', code, ts.ScriptTarget.ES2023, true);
  const imported = new Set(
    parsed.statements.filter(ts.isImportDeclaration).flatMap(({ importClause }) => {
      const bindings = importClause?.namedBindings;
      const elements = bindings && ts.isNamedImports(bindings) ? bindings.elements : [];
      return [importClause?.name?.text, ...elements.map(({ name }) => name.text)];
    }),
  );
  const isProgram = parsed.statements.some(
    (one) =>
      ts.isClassDeclaration(one) || ts.isImportDeclaration(one) || ts.isModuleDeclaration(one),
  );
  if (isProgram) return [imported, code];
  return [imported, `class Example {${FIELDS} async run() {\n${code}\n} }\nvoid Example;`];
}

function exportsOfSources(): Map<string, string> {
  const path = pathOf('sources.ts');
  const text = SOURCES.map(
    (source, at) => `import * as s${at} from '${source}'; void s${at};`,
  ).join('\n');
  const program = ts.createProgram([path], OPTIONS, hostWith(new Map([[path, text]])));
  const checker = program.getTypeChecker();
  // `export =` hides the types of Express.
  const names = new Map([
    ['Request', 'express'],
    ['Response', 'express'],
  ]);
  for (const statement of program.getSourceFile(path)!.statements) {
    if (!ts.isImportDeclaration(statement)) continue;
    const module = checker.getSymbolAtLocation(statement.moduleSpecifier);
    if (!module) throw new Error(`Not found: ${statement.moduleSpecifier.getText()}`);
    const source = (statement.moduleSpecifier as ts.StringLiteral).text;
    for (const { name } of checker.getExportsOfModule(module))
      if (!names.has(name) && name !== 'default') names.set(name, source);
  }
  return names;
}

function messageOf({ messageText, file, start }: ts.Diagnostic): string {
  const text = ts.flattenDiagnosticMessageText(messageText, ' ');
  const line = file?.text.slice(0, start).split('\n').length ?? 1;
  return `${text} (${file?.text.split('\n')[line - 1]?.trim() ?? ''})`;
}
