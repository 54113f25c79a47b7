import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import { WriteBehindService } from '../cache/source/write-behind.service.js';
import type { DeadLetter, WriteLag } from '../cache/source/dead-letters.js';
import type { ResolvedConnection } from '../connection/resolve-connection.js';
import { RedisConnections } from '../connection/redis-connections.js';
import type { WatchedBreaker } from '../connection/watched-breakers.js';
import type { CacheReport } from '../inspection/cache-report.js';
import type { ServerLatency, SlowCommand } from '../inspection/inspect-servers.js';
import type { Inspected } from '../inspection/probe.js';
import { RedisInspector, type KeyReport } from '../inspection/redis-inspector.js';
import type { ServerInfo } from '../inspection/server-info.js';
import type { SessionReport } from '../inspection/session-report.js';
import type { InspectionWarning } from '../inspection/warnings.js';
import { RedisMetrics } from '../metrics/redis-metrics.js';
import type { ResolvedSessionOptions } from '../session/session.options.js';
import { SESSION_OPTIONS } from '../session/session.tokens.js';
import type { ResolvedDashboardOptions } from './dashboard.options.js';
import { DASHBOARD_OPTIONS } from './dashboard.tokens.js';
import { Sampler, type SampleColumns } from './sampler.js';
import { SharedAnswer } from './shared-answer.js';

/** Servers are asked this seldom, however many look. */
const FRESH_MS = 4000;
const MOST_LETTERS = 100;
const SLOW_COMMANDS = 100;

export interface Overview {
  /** Milliseconds since the Unix epoch, by the clock of the points. */
  readonly now: number;
  /** Whose points and counts these are: with many processes, any of them may answer. */
  readonly process: ProcessName;
  readonly countedSince: number | undefined;
  readonly sampleEveryMs: number;
  readonly keepMs: number;
  readonly hasSessions: boolean;
  readonly hasWriters: boolean;
  readonly points: SampleColumns;
  readonly servers: readonly ServerInfo[];
  /** What the servers did not tell at the last step, and why. */
  readonly missing: readonly string[];
}

export interface ProcessName {
  /** Made when the process began: in containers, all have the same number. */
  readonly id: string;
  readonly host: string;
  readonly pid: number;
}

const PROCESS: ProcessName = { id: randomUUID(), host: hostname(), pid: process.pid };

export interface WriterReport {
  readonly cache: string;
  readonly lag: WriteLag;
  /** Without their values. */
  readonly letters: readonly Omit<DeadLetter, 'value'>[];
}

export interface ConnectionReport {
  readonly name: string;
  readonly kind: string;
  /** By their use: caches, sessions, structures. */
  readonly breakers: readonly Pick<WatchedBreaker, 'use' | 'state'>[];
  readonly clients: readonly { readonly role: string; readonly status: string }[];
  readonly servers: readonly ServerInfo[];
  readonly latency: readonly ServerLatency[];
  readonly missing: readonly string[];
}

/** What the pages show. Each answer is shared by all viewers for a few seconds. */
@Injectable()
export class DashboardReads {
  readonly #caches = shared(() => this.inspector.caches());
  readonly #keys = shared(() => this.inspector.keys());
  readonly #sessions = shared(() => this.inspector.sessions());
  readonly #slowLog = shared(() => this.inspector.slowLog({ limit: SLOW_COMMANDS }));
  readonly #warnings = shared(() => this.inspector.warnings());
  readonly #writers = shared(() => Promise.all(this.writes.caches.map((one) => this.#writer(one))));
  readonly #connections = shared(() =>
    Promise.all(this.connectionsOf.names.map((name) => this.#connection(name))),
  );

  constructor(
    @Inject(DASHBOARD_OPTIONS) private readonly options: ResolvedDashboardOptions,
    @Inject(Sampler) private readonly sampler: Sampler,
    @Inject(RedisMetrics) private readonly metrics: RedisMetrics,
    @Inject(RedisInspector) private readonly inspector: RedisInspector,
    @Inject(WriteBehindService) private readonly writes: WriteBehindService,
    @Inject(RedisConnections) private readonly connectionsOf: RedisConnections,
    @Inject(SESSION_OPTIONS) private readonly session: ResolvedSessionOptions | undefined,
  ) {}

  /** @param known the newest point that the page has, and the process that it has it from */
  overview({ since, of }: { readonly since: number; readonly of: string | undefined }): Overview {
    const { sampleEveryMs, points } = this.options;
    return {
      now: this.sampler.now,
      process: PROCESS,
      countedSince: this.metrics.startedAt,
      sampleEveryMs,
      keepMs: sampleEveryMs * points,
      hasSessions: this.session !== undefined,
      hasWriters: this.writes.caches.length > 0,
      points: this.sampler.since(of === PROCESS.id ? since : 0),
      servers: this.sampler.servers,
      missing: this.sampler.missing,
    };
  }

  caches(): Promise<Inspected<readonly CacheReport[]>> {
    return this.#caches.get();
  }

  keys(): Promise<Inspected<KeyReport>> {
    return this.#keys.get();
  }

  /** Its value is missing where sessions are not configured. */
  sessions(): Promise<Inspected<SessionReport | undefined>> {
    return this.#sessions.get();
  }

  slowLog(): Promise<Inspected<readonly SlowCommand[]>> {
    return this.#slowLog.get();
  }

  /** @throws RedisKitError `REDIS_UNAVAILABLE` */
  writeBehind(): Promise<WriterReport[]> {
    return this.#writers.get();
  }

  connections(): Promise<ConnectionReport[]> {
    return this.#connections.get();
  }

  warnings(): Promise<Inspected<readonly InspectionWarning[]>> {
    return this.#warnings.get();
  }

  /** Something was changed: the next answers show it. */
  forget(): void {
    const changed = [this.#caches, this.#keys, this.#sessions, this.#writers, this.#warnings];
    for (const answer of changed) answer.forget();
  }

  async #writer(cache: string): Promise<WriterReport> {
    const [lag, letters] = await Promise.all([
      this.writes.lag(cache),
      this.writes.deadLetters(cache, MOST_LETTERS),
    ]);
    return { cache, lag, letters: letters.map(withoutValue) };
  }

  async #connection(name: string): Promise<ConnectionReport> {
    const [servers, latency] = await Promise.all([
      this.inspector.servers({ connection: name }),
      this.inspector.latency({ connection: name }),
    ]);
    const clients = this.connectionsOf.opened
      .filter((opened) => opened.name === name)
      .map(({ role, client }) => ({ role, status: client.status }));
    return {
      name,
      kind: kindOf(this.connectionsOf.resolved(name)),
      breakers: this.connectionsOf.breakers
        .list()
        .filter(({ connection }) => connection === name)
        .map(({ use, state }) => ({ use, state })),
      clients,
      servers: servers.value,
      latency: latency.value,
      missing: [...new Set([...servers.missing, ...latency.missing])],
    };
  }
}

function withoutValue(letter: DeadLetter): WriterReport['letters'][number] {
  const { id, key, kind, version, error, attempts, buriedAt } = letter;
  return { id, key, kind, version, error, attempts, buriedAt };
}

function shared<T>(ask: () => Promise<T>): SharedAnswer<T> {
  return new SharedAnswer(ask, FRESH_MS);
}

/** Nothing else of the options: they hold passwords. */
function kindOf(connection: ResolvedConnection | undefined): string {
  if (connection?.kind === 'redis') return connection.redis.sentinels ? 'sentinel' : 'standalone';
  if (connection?.kind === 'client') return connection.client.isCluster ? 'cluster' : 'standalone';
  return connection?.kind ?? 'unknown';
}
