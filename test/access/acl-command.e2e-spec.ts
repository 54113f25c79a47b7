import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startStandalone } from 'nestjs-redis-kit/testing';

const PROGRAM = join(import.meta.dirname, '../../libs/redis/dist/bin/main.js');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'acl-command-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function acl(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, 'acl', ...args]);
  return stdout;
}

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe('nestjs-redis-kit acl', () => {
  it('prints what a server takes', async () => {
    const line = (
      await acl('--sessions', '--uses', 'streams, pub-sub', '--pattern', 'chat:*')
    ).split('\n')[1]!;
    const redis = await startStandalone();
    try {
      const [command, ...words] = line.split(' ');
      expect(await redis.node.call(command!, ...words)).toBe('OK');
      expect(String(await redis.node.call('ACL', 'LIST'))).toContain('&app:channel:chat:*');
    } finally {
      await redis.stop();
    }
  });

  it.each([
    ['options.json', '{ "cache": { "prefix": "c:" }, "session": { "prefix": "s:" } }'],
    ['options.mjs', "export default { cache: { prefix: 'c:' }, session: { prefix: 's:' } };"],
  ])('reads %s, where no secret need be', async (name, text) => {
    const printed = await acl('--options', await file(name, text), '--user', 'shop');
    expect(printed).toMatch(
      /^# Connection default\nACL SETUSER shop on >PASSWORD resetkeys ~c:entry:\* .*~s:\* /,
    );
  });

  it('ends although the file of options has opened a client', async () => {
    const path = await file(
      'client.cjs',
      "setInterval(() => undefined, 1000); module.exports = { connection: 'redis://a' };",
    );
    expect(await acl('--options', path)).toContain('ACL SETUSER app');
    await expect(acl('--options', path, '--uses', 'strems')).rejects.toMatchObject({ code: 1 });
  });

  it.each([
    [['--uses', 'strems'], '`features` is "strems"'],
    [['--options', 'nowhere.json'], 'The file `nowhere.json` of --options cannot be read'],
    [['--user', 'a b'], 'Give a name without spaces'],
    [['--what'], "Unknown option '--what'"],
  ])('refuses %j with the reason', async (args, reason) => {
    await expect(acl(...args)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(reason),
    });
  });

  it('explains itself', async () => {
    expect(await acl('--help')).toContain('Usage: nestjs-redis-kit acl');
  });
});
