import { execFile, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { assertCacheHit, cacheStatusOf } from 'nestjs-redis-kit/testing';
import ts from 'typescript';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';

const ROOT = join(import.meta.dirname, '../..');
const STEP_LIMIT_MS = 120_000;

// On what `nest new` makes. test/matrix does the same with the packed package, on Nest 11 and 12, by the CLI with all it installs.
describe('nest add nestjs-redis-kit', () => {
  let parent: string;
  let folder: string;
  let redis: RedisServer;

  beforeAll(async () => {
    parent = mkdtempSync(join(tmpdir(), 'redis-kit-nest-add-'));
    redis = await RedisServer.start();
    folder = await newApplication(parent);
  }, STEP_LIMIT_MS);

  afterAll(async () => {
    await redis.stop();
    rmSync(parent, { recursive: true, force: true });
  });

  it(
    'changes nothing in a dry run, nor where there is no such module',
    async () => {
      const before = filesOf(folder);
      const shown = await runSchematic(folder, ['--dry-run']);
      await expect(runSchematic(folder, ['--module=other.module.ts'])).rejects.toMatchObject({
        stderr: expect.stringContaining(
          'There is no src/other.module.ts. Name the root module by --module',
        ),
      });
      expect(shown).toMatch(/UPDATE.* src\/app\.module\.ts/);
      expect(filesOf(folder)).toEqual(before);
    },
    STEP_LIMIT_MS,
  );

  it(
    'makes an application whose second answer is a hit, and changes nothing when run again',
    async () => {
      await runSchematic(folder, [`--connection=${redis.url}`]);
      const added = filesOf(folder);
      expect(await runSchematic(folder)).toContain('has RedisModule already');
      expect(filesOf(folder)).toEqual(added);
      compile(folder);
      await expectHit(folder);
    },
    STEP_LIMIT_MS,
  );
});

const SCHEMATICS = '@angular-devkit/schematics-cli/bin/schematics.js';

/** With a cached controller, which is the next step that the schematic names. */
async function newApplication(parent: string): Promise<string> {
  const collection = join(ROOT, 'node_modules/@nestjs/schematics/dist/collection.json');
  const flags = ['--no-debug', '--name=shop', '--type=esm', '--language=ts'];
  await run(SCHEMATICS, parent, [`${collection}:application`, ...flags]);
  const folder = join(parent, 'shop');
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  cacheTheController(folder);
  return folder;
}

/** As the CLI runs it, without the start of the CLI. */
function runSchematic(folder: string, flags: readonly string[] = []): Promise<string> {
  const args = ['nestjs-redis-kit:nest-add', '--source-root=src', '--skip-install', ...flags];
  return run(SCHEMATICS, folder, args);
}

function filesOf(folder: string): readonly string[] {
  return ['src/app.module.ts', 'src/main.ts', 'package.json'].map((file) =>
    readFileSync(join(folder, file), 'utf8'),
  );
}

async function expectHit(folder: string): Promise<void> {
  await withApplication(folder, async (url) => {
    const first = await eventually(() => fetch(url));
    expect(cacheStatusOf(first)?.isHit).toBe(false);
    // A busy machine may miss the deadline of a write; the next answer is stored then.
    const second = await eventually(async () => {
      const answer = await fetch(url);
      assertCacheHit(answer);
      return answer;
    });
    expect(await second.text()).toBe(await first.text());
  });
}

async function run(program: string, cwd: string, args: readonly string[]): Promise<string> {
  const file = join(ROOT, 'node_modules', program);
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...args], {
    cwd,
    timeout: STEP_LIMIT_MS,
  });
  return stdout;
}

function cacheTheController(folder: string): void {
  const file = join(folder, 'src/app.controller.ts');
  const text = readFileSync(file, 'utf8')
    .replace('{ Controller, Get }', '{ Controller, Get, UseInterceptors }')
    .replace('@Controller()', '@Controller()\n@UseInterceptors(CacheInterceptor)');
  writeFileSync(file, `import { CacheInterceptor } from 'nestjs-redis-kit';\n${text}`);
}

/** File by file: whether the types agree is shown by the matrix, with the compiler of the application. */
function compile(folder: string): void {
  const { options: compilerOptions } = ts.convertCompilerOptionsFromJson(
    {
      module: 'ESNext',
      target: 'ES2023',
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    },
    folder,
  );
  mkdirSync(join(folder, 'dist'), { recursive: true });
  for (const name of readdirSync(join(folder, 'src'))) {
    const fileName = join(folder, 'src', name);
    const { outputText } = ts.transpileModule(readFileSync(fileName, 'utf8'), {
      compilerOptions,
      fileName,
    });
    writeFileSync(join(folder, 'dist', name.replace(/\.ts$/, '.js')), outputText);
  }
}

async function withApplication(folder: string, use: (url: string) => Promise<void>): Promise<void> {
  const port = await freePort();
  const child: ChildProcess = fork(join(folder, 'dist/main.js'), {
    execArgv: [],
    env: { ...process.env, PORT: String(port) },
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  try {
    await use(`http://127.0.0.1:${port}/`);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
