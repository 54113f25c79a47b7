import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { RedisServer } from './support/redis-server.js';

const SOURCES = join(import.meta.dirname, '../libs/redis/src');
/** `example`: which piece of code is the program that runs; default the first. */
const PAGES: readonly { file: string; rooms: RegExp; lines: number; example?: number }[] = [
  { file: 'caching.md', rooms: /:(cache|connection):/, lines: 2 },
  { file: 'leaderboard.md', rooms: /:leaderboard:/, lines: 2 },
  { file: 'pubsub.md', rooms: /:(pubsub|stream):/, lines: 2 },
  { file: 'metrics.md', rooms: /^$/, lines: 1 },
  { file: 'inspector.md', rooms: /^$/, lines: 1 },
  { file: 'health.md', rooms: /^$/, lines: 1 },
  { file: 'dashboard.md', rooms: /^$/, lines: 2 },
  { file: 'migrate-from-bentocache.md', rooms: /^$/, lines: 1, example: 2 },
  { file: 'migrate-from-nestjs-redis.md', rooms: /^$/, lines: 1, example: 2 },
];

const channels = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.events.ts'))
  .flatMap(
    (file) => readFileSync(join(SOURCES, file), 'utf8').match(/nestjs-redis-kit:[\w:-]+/g) ?? [],
  );

/** Runs a program in a process of its own, from the folder of the project. */
async function outputOf(program: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const { outputText } = ts.transpileModule(program, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    },
  });
  const args = ['--input-type=module', '--eval', outputText];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, ...env },
  });
  return stdout.split('\n').filter((line) => line !== '' && !line.includes('[Nest]'));
}

describe.each(PAGES)('docs/$file', ({ file, rooms, lines, example: nth = 1 }) => {
  const page = readFileSync(join(import.meta.dirname, '../docs', file), 'utf8');

  it('has an example that prints what it says', async () => {
    const { 1: example } = [...page.matchAll(/```ts\n([\s\S]*?)```/g)][nth - 1]!;
    const said = [...example!.matchAll(/console\.log\(.*?\); \/\/ (.*)/g)].map(([, text]) => text);
    const redis = await RedisServer.start();
    try {
      expect(said).toHaveLength(lines);
      expect(await outputOf(example!, { REDIS_URL: redis.url })).toEqual(said);
    } finally {
      await redis.stop();
    }
  }, 20_000);

  it('lists every channel of its rooms, and no other', () => {
    const listed = [...page.matchAll(/^\| `(nestjs-redis-kit:[\w:-]+)`/gm)].map(([, name]) => name);
    expect(new Set(listed)).toEqual(new Set(channels.filter((channel) => rooms.test(channel))));
  });
});
