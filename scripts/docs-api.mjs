// `npm run docs:api`: a page per entry point in docs/api, from the typings of the built package and their doc comments.
// With --check nothing is written. Either way it fails when an exported name has no doc comment.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import ts from 'typescript';

const root = join(import.meta.dirname, '..');
const library = join(root, 'libs/redis');
const target = join(root, 'docs/api');

/** In the order in which a reader wants them. */
const KINDS = [
  ['Classes', ts.SymbolFlags.Class],
  ['Functions and decorators', ts.SymbolFlags.Function],
  ['Values', ts.SymbolFlags.Variable],
  ['Interfaces', ts.SymbolFlags.Interface],
  ['Types', ts.SymbolFlags.TypeAlias],
];

const { name: packageName, exports } = JSON.parse(
  readFileSync(join(library, 'package.json'), 'utf8'),
);
const entries = Object.entries(exports).filter(([, value]) => value.types);
const program = ts.createProgram(
  entries.map(([, { types }]) => join(library, types)),
  {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    skipLibCheck: true,
  },
);
const checker = program.getTypeChecker();

const isCheck = process.argv.includes('--check');
if (!isCheck) {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
}
for (const [path, { types }] of entries) {
  const title = path === '.' ? packageName : `${packageName}${path.slice(1)}`;
  const file = program.getSourceFile(join(library, types));
  if (!file) throw new Error(`There is no ${types}. Run npm run build:lib first.`);
  const page = pageOf(title, checker.getExportsOfModule(checker.getSymbolAtLocation(file)));
  if (!isCheck)
    writeFileSync(join(target, `${path === '.' ? 'index' : path.slice(2)}.md`), page.text);
  console.log(`${title}: ${page.count} names, ${page.undocumented.length} without a doc comment`);
  for (const one of page.undocumented)
    console.error(
      `  ${one} is exported without a doc comment. Say what it is, its unit and its errors.`,
    );
  if (page.undocumented.length > 0) process.exitCode = 1;
}

function pageOf(title, symbols) {
  const resolved = symbols.map((symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
  );
  const named = symbols
    .map((symbol, at) => ({ name: symbol.name, symbol: resolved[at] }))
    .toSorted((a, b) => a.name.localeCompare(b.name));
  const seen = new Set();
  const sections = KINDS.map(([kind, flag]) => {
    const own = named.filter(({ symbol }) => symbol.flags & flag && !seen.has(symbol));
    for (const { symbol } of own) seen.add(symbol);
    return own.length === 0 ? '' : `## ${kind}\n\n${own.map(entryOf).join('\n')}`;
  });
  const undocumented = named
    .filter(({ symbol }) => commentOf(symbol) === '')
    .map((one) => one.name);
  return { text: `# ${title}\n\n${sections.join('\n')}`, count: named.length, undocumented };
}

function entryOf({ name, symbol }) {
  const code = (symbol.declarations ?? []).map(declarationOf).join('\n');
  return `### ${name}\n\n${commentOf(symbol)}\n\n\`\`\`ts\n${code}\n\`\`\`\n`;
}

/** With the comments of its members, which stand inside; private ones are nobody's. */
function declarationOf(declaration) {
  const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return node
    .getText()
    .replaceAll(/^ *(private|#private)[^\n]*;\n/gm, '')
    .replace(/^export /, '');
}

function commentOf(symbol) {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  const tags = symbol
    .getJsDocTags(checker)
    .map((tag) => `- \`@${tag.name}\` ${ts.displayPartsToString(tag.text)}`);
  return [text, tags.join('\n')].filter(Boolean).join('\n\n');
}
