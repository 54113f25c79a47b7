// `nest new`, then `nest add nestjs-redis-kit`, as a new user does it: the real CLI, the real npm, the packed package.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { Visitor } from './journeys.mjs';
import { SESSION_SECRET } from './workshop.mjs';

const LONGEST_STEP_MS = 300_000;
const START_LIMIT_MS = 30_000;
const WRITTEN = ['src/app.module.ts', 'src/main.ts', 'package.json'];

/**
 * @param cli version of @nestjs/cli
 * @param registry URL of the registry that has the packed package
 * @param redisUrl where Redis is when the application starts
 */
export async function nestAdd({ parent, cli, registry, redisUrl }) {
  const application = join(parent, 'application');
  const env = { ...process.env, CI: 'true', npm_config_registry: registry };
  const command = (cwd, ...args) => run(args, { cwd, env });
  await command(
    parent,
    'npx',
    '--yes',
    `@nestjs/cli@${cli}`,
    'new',
    'application',
    '--skip-git',
    '--skip-install',
    '--package-manager',
    'npm',
  );
  await command(application, 'npm', 'install', '--no-audit', '--no-fund', '--loglevel=error');
  const read = () => WRITTEN.map((file) => readFileSync(join(application, file), 'utf8'));
  const add = (...flags) =>
    command(application, 'npx', 'nest', 'add', 'nestjs-redis-kit', ...flags);

  await add('--sessions');
  const added = read();
  assert.match(added[2], /"ioredis": "\^/);
  assert.match(await add('--sessions', '--skip-install'), /has RedisModule already/);
  assert.deepEqual(read(), added);
  cacheController(application);
  await command(application, 'npx', 'nest', 'build');
  await answersFromTheCache(application, { ...env, REDIS_URL: redisUrl, SESSION_SECRET });
  await command(application, 'npx', 'prettier', '--check', ...WRITTEN.slice(0, 2));
}

/** The next step, as the schematic names it. */
function cacheController(folder) {
  const file = join(folder, 'src/app.controller.ts');
  const source = readFileSync(file, 'utf8')
    .replace('{ Controller, Get }', '{ Controller, Get, UseInterceptors }')
    .replace('@Controller()', '@Controller()\n@UseInterceptors(CacheInterceptor)');
  writeFileSync(file, `import { CacheInterceptor } from 'nestjs-redis-kit';\n${source}`);
}

/** Applications started so far. */
let started = 0;

async function answersFromTheCache(folder, env) {
  // A port of its own each time: it is part of the keys, and these applications share a Redis.
  const port = 20_000 + ((process.pid + (started += 1)) % 20_000);
  const child = spawn(process.execPath, ['dist/main.js'], {
    cwd: folder,
    env: { ...env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const complaints = text(child.stderr);
  const ended = once(child, 'exit');
  try {
    const visitor = new Visitor(`http://127.0.0.1:${port}`);
    const first = await answered(visitor, child);
    const second = await visitor.ask('GET', '/');
    assert.deepEqual([first.headers['x-cache'], second.headers['x-cache']], ['MISS', 'HIT']);
    assert.equal(second.text, first.text);
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${error.message}\n${await complaints}`, { cause: error });
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

async function answered(visitor, child) {
  const giveUpAt = Date.now() + START_LIMIT_MS;
  for (;;) {
    try {
      return await visitor.ask('GET', '/');
    } catch (error) {
      if (child.exitCode !== null || Date.now() > giveUpAt) throw error;
      await delay(50);
    }
  }
}

/** Not the synchronous one of the workshop: the registry answers from this process. */
async function run([program, ...args], { cwd, env }) {
  const child = spawn(program, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST_STEP_MS,
  });
  const [out, complaints, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${code}\n${out}\n${complaints}`);
  return out;
}
