// The schematic of `nest add nestjs-redis-kit`. It needs nothing but the TypeScript that builds the application.
import { createRequire } from 'node:module';
import { join, posix } from 'node:path';
import process from 'node:process';
import { PACKAGE } from './import-edit.js';
import { kitOptionsOf, type NestAddOptions } from './kit-options.js';
import { enableShutdownHooks } from './main-edit.js';
import { addDependencies } from './manifest-edit.js';
import { addRedisModule, type TypeScript } from './module-edit.js';
import type { Rule, SchematicContext, Tree } from './schematics.types.js';

const MANIFEST = '/package.json';
/** Peers that an application of `nest new` lacks, with the newest line of each that this package takes. */
const PEERS = { 'express-session': '^1.18', ioredis: '^6' };

/** The rule that the CLI runs, in the folder of the application. */
export function nestAdd(options: NestAddOptions): Rule {
  return (tree, context) => {
    const kit = kitOptionsOf(options);
    const compiler = compilerOf([join(process.cwd(), 'package.json'), process.argv[1]]);
    const root = options.sourceRoot ?? 'src';
    const file = posix.join('/', root, options.module ?? 'app.module.ts');
    const isChanged = rewrite(tree, file, (text) =>
      addRedisModule(compiler, { file: file.slice(1), text }, kit),
    );
    if (!isChanged) context.logger.info(`${file.slice(1)} has RedisModule already.`);
    editMain(tree, context, { compiler, file: posix.join('/', root, 'main.ts') });
    addPeers(tree, context, options.skipInstall ?? false);
    if (isChanged) tellNext(context, kit);
  };
}

/** @returns whether the text is another now. @throws Error that names the next step when there is no such file */
function rewrite(tree: Tree, file: string, change: (text: string) => string): boolean {
  const text = read(tree, file);
  if (text === undefined)
    throw new Error(
      `There is no ${file.slice(1)}. Name the root module by --module, from the source folder, such as ` +
        '--module core/root.module.ts; in a monorepo name the project by --project.',
    );
  const changed = change(text);
  if (changed !== text) tree.overwrite(file, changed);
  return changed !== text;
}

function editMain(
  tree: Tree,
  { logger }: SchematicContext,
  { compiler, file }: { readonly compiler: TypeScript; readonly file: string },
): void {
  const text = read(tree, file);
  const changed = text === undefined ? undefined : enableShutdownHooks(compiler, { file, text });
  if (changed === undefined)
    logger.warn(
      `Call app.enableShutdownHooks() where the application is made (not found in ${file.slice(1)}), so that connections end with it.`,
    );
  else if (changed !== text) tree.overwrite(file, changed);
}

/** npm installs peers by itself, other package managers do not; and what is imported is better named. */
function addPeers(tree: Tree, context: SchematicContext, isInstalled: boolean): void {
  const text = read(tree, MANIFEST);
  if (text === undefined) return;
  const ranges = Object.entries(PEERS).map(([name, range]) => [
    name,
    installed(tree, name) ?? range,
  ]);
  const changed = addDependencies(text, Object.fromEntries(ranges) as Record<string, string>);
  if (changed === text) return;
  tree.overwrite(MANIFEST, changed);
  if (!isInstalled)
    context.addTask({
      toConfiguration: () => ({
        name: 'node-package',
        options: { command: 'install', quiet: true, hideOutput: true },
      }),
    });
}

function installed(tree: Tree, name: string): string | undefined {
  const text = read(tree, `/node_modules/${name}/package.json`);
  if (text === undefined) return undefined;
  const { version } = JSON.parse(text) as { readonly version?: string };
  return version === undefined ? undefined : `^${version}`;
}

function tellNext(
  { logger }: SchematicContext,
  { connection, hasSessions }: ReturnType<typeof kitOptionsOf>,
): void {
  if (connection === 'embedded')
    logger.info(
      'Without REDIS_URL the application starts a private redis-server, which must be installed (apt-get install redis-server).',
    );
  if (hasSessions)
    logger.info(
      'Set SESSION_SECRET to 32 characters or more: node -p "crypto.randomBytes(32).toString(\'base64url\')"',
    );
  logger.info(
    `Next: @UseInterceptors(CacheInterceptor) on a controller caches its answers. See the README of ${PACKAGE}.`,
  );
}

function read(tree: Tree, file: string): string | undefined {
  const bytes = tree.read(file);
  return bytes === null ? undefined : new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/** That of the application, or that of the Nest CLI; the native compiler (7) has no such API. */
function compilerOf(places: readonly (string | undefined)[]): TypeScript {
  for (const place of places) {
    if (place === undefined) continue;
    try {
      const found = createRequire(place)('typescript') as Partial<TypeScript>;
      if (typeof found.createSourceFile === 'function') return found as TypeScript;
    } catch {
      continue;
    }
  }
  throw new Error(
    'There is no TypeScript 5 or 6 to read the module with. Install it (npm install --save-dev typescript@6), or add the module by hand as the README of nestjs-redis-kit shows.',
  );
}
