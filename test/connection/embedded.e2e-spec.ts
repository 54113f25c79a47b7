import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { getRedisToken } from 'nestjs-redis-kit';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';

const CHANNEL = 'nestjs-redis-kit:connection:embedded';

interface EmbeddedServerEvent {
  readonly connection: string;
  readonly status: string;
  readonly error?: Error;
}

const apps: INestApplication[] = [];
const children: ChildProcess[] = [];

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function embedded(folder?: string): Promise<{ app: INestApplication; client: Redis }> {
  const app = await startApp({ connection: folder ? { kind: 'embedded', folder } : 'embedded' });
  apps.push(app);
  return { app, client: app.get<Redis>(getRedisToken()) };
}

/** Starts the fixture and waits for what it prints. */
async function startProcess(
  kept = '',
): Promise<{ child: ChildProcess; pid: number; folder: string }> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../fixtures/embedded-app.mjs'), kept],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  children.push(child);
  // A machine that is busy makes Nest warn of slow connections before it.
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('{')) {
      return { child, ...(JSON.parse(line) as { pid: number; folder: string }) };
    }
  }
  throw new Error('The fixture ended without a word.');
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('embedded Redis', () => {
  it('is private to this user, on a Unix socket without a port, and writes nothing', async () => {
    const { client } = await embedded();
    const [, port] = await client.config('GET', 'port');
    const [, socket = ''] = await client.config('GET', 'unixsocket');
    const [, folder = ''] = await client.config('GET', 'dir');
    expect(port).toBe('0');
    expect((await stat(socket)).mode & 0o077).toBe(0);
    expect((await stat(folder)).mode & 0o077).toBe(0);
    expect(await client.config('GET', 'save')).toEqual(['save', '']);
    expect(await client.config('GET', 'appendonly')).toEqual(['appendonly', 'no']);
  });

  it('ends with the application and leaves no folder', async () => {
    const { app, client } = await embedded();
    const pid = Number(/process_id:(\d+)/.exec(await client.info('server'))?.[1]);
    const [, folder = ''] = await client.config('GET', 'dir');
    await app.close();
    expect(isRunning(pid)).toBe(false);
    expect(existsSync(folder)).toBe(false);
  });

  it('keeps its data in a given folder over a restart of the application', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kept-'));
    const first = await embedded(folder);
    await first.client.set('kept', 'yes');
    await first.app.close();
    const second = await embedded(folder);
    expect(await second.client.get('kept')).toBe('yes');
    await second.app.close();
    await rm(folder, { recursive: true });
  });

  it('shares its folder with no other application, and waits for one that was killed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kept-'));
    const { child } = await startProcess(folder);
    const refused = embedded(folder);
    await expect(refused).rejects.toMatchObject({
      code: 'EMBEDDED_REDIS_FAILED',
      message: expect.stringMatching(
        /belongs to the embedded Redis of another application.*socket/,
      ),
    });
    child.kill('SIGKILL');
    const { app, client } = await embedded(folder);
    expect(await client.get('by')).toBe('the process');
    await app.close();
    await rm(folder, { recursive: true });
  }, 30_000);

  it('ends when the application is killed by SIGKILL', async () => {
    const { child, pid, folder } = await startProcess();
    expect(isRunning(pid)).toBe(true);
    child.kill('SIGKILL');
    await eventually(() => expect(isRunning(pid)).toBe(false));
    await eventually(() => expect(existsSync(folder)).toBe(false));
  });

  it('ends when the application is killed while the server is frozen', async () => {
    const { child, pid, folder } = await startProcess();
    process.kill(pid, 'SIGSTOP');
    child.kill('SIGKILL');
    await eventually(() => expect(isRunning(pid)).toBe(false), 8000);
    await eventually(() => expect(existsSync(folder)).toBe(false));
  }, 15_000);

  it('leaves no open handle: after SIGTERM the process ends by itself', async () => {
    const { child, pid } = await startProcess();
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([null, 'SIGTERM']);
    await eventually(() => expect(isRunning(pid)).toBe(false));
  });

  describe('whose server is killed', () => {
    const events: EmbeddedServerEvent[] = [];
    const listen = (event: unknown): unknown => events.push(event as EmbeddedServerEvent);

    beforeEach(() => {
      events.length = 0;
      subscribe(CHANNEL, listen);
    });

    afterEach(() => {
      unsubscribe(CHANNEL, listen);
    });

    const statuses = (): string[] => events.map(({ status }) => status);

    async function pidOf(client: Redis): Promise<number> {
      return Number(/process_id:(\d+)/.exec(await client.info('server'))?.[1]);
    }

    it('runs again on its socket, empty, and says so', async () => {
      const { client } = await embedded();
      const pid = await pidOf(client);
      await client.set('gone', 'with the server');
      process.kill(pid, 'SIGKILL');
      await eventually(() => expect(statuses()).toEqual(['ended', 'restarted']), 20_000);
      expect(events[0]).toMatchObject({
        connection: 'default',
        error: { code: 'EMBEDDED_REDIS_FAILED', message: /ended by signal 9/ },
      });
      expect(await pidOf(client)).not.toBe(pid);
      expect(await client.get('gone')).toBeNull();
      const [, folder = ''] = await client.config('GET', 'dir');
      expect((await stat(folder)).mode & 0o077).toBe(0);
    }, 30_000);

    it('has its data again when it has a folder', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'kept-'));
      const { app, client } = await embedded(folder);
      await client.config('SET', 'appendfsync', 'always');
      await client.set('kept', 'yes');
      process.kill(await pidOf(client), 'SIGKILL');
      await eventually(() => expect(statuses()).toContain('restarted'), 20_000);
      expect(await client.get('kept')).toBe('yes');
      await app.close();
      await rm(folder, { recursive: true });
    }, 30_000);

    it('runs again when its supervisor was killed: the old server ends first', async () => {
      const { client } = await embedded();
      const pid = await pidOf(client);
      process.kill(Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[3]), 'SIGKILL');
      await eventually(() => expect(statuses()).toEqual(['ended', 'restarted']), 20_000);
      expect(isRunning(pid)).toBe(false);
      expect(await client.ping()).toBe('PONG');
    }, 30_000);

    it('is given up after six restarts in a row', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'broken-'));
      const { app, client } = await embedded(folder);
      await client.set('key', 'value');
      const manifest = join(folder, 'appendonlydir', 'appendonly.aof.manifest');
      await writeFile(manifest, 'no manifest\n');
      process.kill(await pidOf(client), 'SIGKILL');
      await eventually(() => expect(statuses()).toEqual(['ended', 'given-up']), 40_000);
      expect(events[1]?.error?.message).toMatch(/ended with code 1.*manifest/s);
      await app.close();
      await rm(folder, { recursive: true });
    }, 60_000);

    it('is not started again by an application that closes meanwhile', async () => {
      const { app, client } = await embedded();
      const [, folder = ''] = await client.config('GET', 'dir');
      process.kill(await pidOf(client), 'SIGKILL');
      await eventually(() => expect(statuses()).toContain('ended'));
      await app.close();
      const last = statuses().at(-1);
      expect(existsSync(folder)).toBe(false);
      expect(['ended', 'restarted']).toContain(last);
    }, 30_000);
  });

  it('says how to install a server when there is none', async () => {
    const start = startApp({ connection: { kind: 'embedded', binary: '/nowhere/redis-server' } });
    await expect(start).rejects.toMatchObject({
      code: 'EMBEDDED_REDIS_NOT_FOUND',
      message: expect.stringMatching(
        /nowhere.*apt-get install.*dnf install.*brew install.*docker run/s,
      ),
    });
  });

  it('gives the words of a server that does not start', async () => {
    const start = startApp({ connection: { kind: 'embedded', binary: '/bin/false' } });
    await expect(start).rejects.toMatchObject({
      code: 'EMBEDDED_REDIS_FAILED',
      message: /ended with code 1/,
    });
  });
});
