import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Post, Req, UseGuards, type LoggerService } from '@nestjs/common';
import type { Request } from 'express';
import {
  SessionGuard,
  SessionService,
  type ConnectionOptions,
  type SessionOptions,
} from 'nestjs-redis-kit';
import { startSentinel, startStandalone, type SentinelTopology } from 'nestjs-redis-kit/testing';
import { SECRET, startApp, urlOf } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { Visitor } from './support/visitor.js';

jest.setTimeout(60_000);

const ONE = { count: 1, timeout: '500ms' } as const;

@Controller()
class LoginController {
  constructor(private readonly sessions: SessionService) {}

  @Post('login')
  async login(@Req() request: Request): Promise<object> {
    await this.sessions.login(request, 'ann');
    return {};
  }

  @Post('rotate')
  async rotate(@Req() request: Request): Promise<object> {
    await this.sessions.rotate(request);
    return {};
  }

  @Post('revoke')
  async revoke(): Promise<object> {
    return { ended: await this.sessions.revokeAll('ann') };
  }

  @UseGuards(SessionGuard)
  @Get('me')
  me(@Req() { session }: Request): object {
    return { userId: session.userId };
  }
}

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

async function start(
  connection: ConnectionOptions,
  waitForReplicas?: SessionOptions['waitForReplicas'],
): Promise<() => Visitor> {
  const session = { secret: SECRET, deadline: '10s', waitForReplicas } as const;
  const app = await startApp({ connection, session }, { controllers: [LoginController] });
  undo.push(() => app.close());
  const url = await urlOf(app);
  return () => new Visitor(url);
}

/** @returns what is logged about replicas from the start on, as it comes */
async function linesOf(
  connection: ConnectionOptions,
  waitForReplicas: SessionOptions['waitForReplicas'],
): Promise<string[]> {
  const lines: string[] = [];
  const ignore = (): void => undefined;
  const warn = (line: string): void => {
    if (line.includes('waitForReplicas')) lines.push(line);
  };
  const logger: LoggerService = { log: ignore, error: ignore, debug: ignore, warn };
  const session = { secret: SECRET, deadline: '10s', waitForReplicas } as const;
  const app = await startApp({ connection, session }, {}, (made) => made.useLogger(logger));
  undo.push(() => app.close());
  return lines;
}

async function sentinel(): Promise<SentinelTopology> {
  const redis = await startSentinel();
  undo.push(() => redis.stop());
  return redis;
}

/** The primary dies; the others take over. */
async function failOver(redis: SentinelTopology): Promise<void> {
  const old = await redis.primary();
  await old.kill();
  for (const node of redis.nodes) node.thaw();
  await redis.newPrimary(old);
}

async function replicas(redis: SentinelTopology): Promise<SentinelTopology['nodes']> {
  const primary = await redis.primary();
  return redis.nodes.filter((node) => node !== primary);
}

/** All replicas have said that they have all there is so far; they say so once a second, and when asked. */
async function inStep(redis: SentinelTopology): Promise<void> {
  const primary = await redis.primary();
  await primary.use(async (client) => {
    await client.set('any', 'write');
    expect(await client.wait(2, 10_000)).toBe(2);
  });
}

/** Nothing on its way arrives later, either. */
async function cutOff(redis: SentinelTopology, nodes: SentinelTopology['nodes']): Promise<void> {
  for (const node of nodes) node.freeze();
  const primary = await redis.primary();
  await primary.call('CLIENT', 'KILL', 'TYPE', 'replica');
}

describe('session.waitForReplicas', () => {
  it('answers 503 to a login that too few replicas have, and leaves no session', async () => {
    const redis = await sentinel();
    const visitor = await start(redis.connection, ONE);
    const [ann, bob] = [visitor(), visitor()];
    expect((await ann.post('/login')).status).toBe(201);
    await inStep(redis);
    for (const node of await replicas(redis)) node.freeze();
    const refused = await bob.post('/login');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    expect([...bob.cookies]).toEqual([]);
    expect((await ann.post('/revoke')).status).toBe(503);
    for (const node of await replicas(redis)) node.thaw();
    await eventually(async () => expect((await bob.post('/login')).status).toBe(201));
    expect((await bob.post('/rotate')).status).toBe(201);
    expect((await bob.get('/me')).status).toBe(200);
    expect((await ann.get('/me')).status).toBe(401);
  });

  it('keeps through a failover every login that was answered', async () => {
    const redis = await sentinel();
    const visitor = await start(redis.connection, { count: 1, timeout: '10s' });
    const [behind] = await replicas(redis);
    // The other one comes back at once.
    await cutOff(redis, [behind!]);
    const visitors = Array.from({ length: 20 }, visitor);
    const answers = await Promise.all(visitors.map((one) => one.post('/login')));
    expect(answers.map(({ status }) => status)).toEqual(visitors.map(() => 201));
    await failOver(redis);
    await eventually(async () => expect((await visitors[0]!.get('/me')).status).toBe(200));
    const found = await Promise.all(visitors.map((one) => one.get('/me')));
    expect(found.map(({ status }) => status)).toEqual(visitors.map(() => 200));
  });

  it('is what keeps them: without it, one that no replica has is gone', async () => {
    const redis = await sentinel();
    const ann = (await start(redis.connection))();
    await cutOff(redis, await replicas(redis));
    expect((await ann.post('/login')).status).toBe(201);
    await failOver(redis);
    // A request may take all of its ten seconds while Sentinel decides.
    await eventually(async () => expect((await ann.get('/me')).status).toBe(401), 30_000);
  });

  it('says at start that there are fewer replicas than it asks for', async () => {
    const redis = await sentinel();
    await inStep(redis);
    const lines = await linesOf(redis.connection, { count: 3, timeout: '500ms' });
    await eventually(() => expect(lines).toEqual([expect.stringMatching(/for 3 .* has 2: .*503/)]));
    // Enough: its check is over when the application has closed.
    const silent = await linesOf(redis.connection, { count: 2, timeout: '500ms' });
    await undo.pop()!();
    expect(silent).toEqual([]);
  });

  it('waits for nobody where there is no replica, and says so', async () => {
    const redis = await startStandalone();
    undo.push(() => redis.stop());
    const lines = await linesOf(redis.url, ONE);
    await eventually(() => expect(lines).toEqual([expect.stringContaining('no replica')]));
    const ann = (await start(redis.url, ONE))();
    expect((await ann.post('/login')).status).toBe(201);
    expect((await ann.get('/me')).status).toBe(200);
  });

  it('waits for a replica that came later, and hangs', async () => {
    const [redis, other] = await Promise.all([startStandalone(), startStandalone()]);
    undo.push(
      () => redis.stop(),
      () => other.stop(),
    );
    const lines = await linesOf(redis.url, ONE);
    await eventually(() => expect(lines).toHaveLength(1));
    const visitor = await start(redis.url, ONE);
    expect((await visitor().post('/login')).status).toBe(201);
    await other.node.call('REPLICAOF', redis.node.host, redis.node.port);
    await eventually(async () =>
      expect(await redis.node.call('INFO', 'replication')).toContain('state=online'),
    );
    other.node.freeze();
    expect((await visitor().post('/login')).status).toBe(503);
    other.node.thaw();
    await eventually(async () => expect((await visitor().post('/login')).status).toBe(201));
  });

  it('is refused on a Cluster, and with numbers that cannot be', () => {
    const make = (connection: string, waitForReplicas: object): unknown =>
      startApp({
        connection,
        session: { secret: SECRET, waitForReplicas: waitForReplicas as never },
      });
    return Promise.all([
      expect(make('redis-cluster://a', ONE)).rejects.toThrow('not possible on a Cluster'),
      expect(make('redis://a', { count: 0 })).rejects.toThrow(
        '`session.waitForReplicas.count` is 0',
      ),
      expect(make('redis://a', { count: 1, timeout: 0 })).rejects.toThrow(
        'waitForReplicas.timeout',
      ),
    ]);
  });
});
