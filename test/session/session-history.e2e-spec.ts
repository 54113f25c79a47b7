import { describe, expect, it } from '@jest/globals';
import { randomFrom } from '../fixtures/cache-history.mjs';
import { eventually } from '../support/eventually.js';
import type { AccountNode } from './support/account-node.js';
import { HistoryChecker } from './support/history-checker.js';
import { HistoryDriver } from './support/history-driver.js';
import type { LifeEvent, Quiescence } from './support/session-history.js';
import { START_LIMIT_MS, useSessions, type SessionBench } from './support/use-sessions.js';

const RUN_MS = Number(process.env.SESSION_HISTORY_MS ?? 3000);
const SEED = Number(process.env.SESSION_HISTORY_SEED ?? 1);
const POLICIES = process.env.SOAK
  ? (['drop-oldest', 'refuse-newest'] as const)
  : (['drop-oldest'] as const);

const IDLE_MS = 1500;
const ABSOLUTE_MS = 2000;
const MAX_PER_USER = 4;
const USERS = ['ann', 'bob', 'cid', 'dot'];
/** As in UserEpochs. */
const TRUST_MS = 1000;

describe.each(POLICIES)('history of sessions on two nodes, policy %s', (policy) => {
  let bench: SessionBench;
  let nodes: AccountNode[];

  useSessions(async (opened) => {
    bench = opened;
    const session = {
      idleTimeout: IDLE_MS,
      absoluteTimeout: ABSOLUTE_MS,
      perUser: { max: MAX_PER_USER, policy },
      expiryEvents: { interval: 50 },
      deadline: '20s',
    } as const;
    nodes = await Promise.all(
      [1, 2].map((node) =>
        bench.node({ ...session, delays: { mostMs: 8, seed: SEED * 10 + node } }),
      ),
    );
  });

  /** Lists first: a session that is found after that was there to be listed. */
  async function atRest(ids: readonly string[]): Promise<Quiescence> {
    const [node, other] = nodes as [AccountNode, AccountNode];
    const lists = await Promise.all(
      [...USERS, 'eve'].map(async (user) =>
        (await node.list(user)).map(({ handle }) => ({ user, handle })),
      ),
    );
    const found = await Promise.all(ids.map((id) => other.call('find', id)));
    return {
      listed: lists.flat(),
      found: ids.filter((_, index) => found[index] !== undefined),
      stored: await bench.ids(),
    };
  }

  async function lifeEvents(): Promise<LifeEvent[]> {
    const heard = await Promise.all(nodes.map((node) => node.call('heard')));
    return heard.flat() as LifeEvent[];
  }

  it(
    'loses no change, brings nothing back, and keeps limits, lists and events right',
    async () => {
      const plan = {
        seed: SEED,
        ms: RUN_MS,
        least: RUN_MS / 300,
        workers: 12,
        users: USERS,
        unlisted: 'dot',
        lost: 'fay',
        quiet: 'eve',
        trustMs: TRUST_MS,
      };
      const driver = new HistoryDriver(nodes, bench.redis, plan, randomFrom);
      const history = await driver.run();
      const rest = await atRest(driver.ids);
      const rules = {
        absoluteMs: ABSOLUTE_MS,
        maxPerUser: MAX_PER_USER,
        unlisted: new Set(['dot', 'fay']),
      };
      const checker = new HistoryChecker(history, rules);
      const findings = [...checker.findings(), ...checker.findingsAtRest(rest)];
      expect({ seed: SEED, findings: findings.slice(0, 8) }).toEqual({ seed: SEED, findings: [] });
      await eventually(async () => {
        const left = checker.findingsOfEvents(await lifeEvents());
        expect({ seed: SEED, events: left.slice(0, 8) }).toEqual({ seed: SEED, events: [] });
      }, 10_000);
    },
    START_LIMIT_MS + 2 * RUN_MS,
  );
});
