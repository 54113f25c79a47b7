import { Inject, Injectable } from '@nestjs/common';
import { CacheRuntime } from '../cache/cache-runtime.js';
import { RedisConnections } from '../connection/redis-connections.js';
import { RedisMetrics, type MetricsSnapshot } from '../metrics/redis-metrics.js';
import { SESSION_OPTIONS } from '../session/session.tokens.js';
import type { ResolvedSessionOptions } from '../session/session.options.js';
import { cacheReports, type CacheReport } from './cache-report.js';
import {
  inspectLatency,
  inspectServers,
  inspectSlowLog,
  type ServerLatency,
  type SlowCommand,
} from './inspect-servers.js';
import { KeyNames } from './key-names.js';
import { biggest, hottest, type InspectedKey } from './key-report.js';
import { measureKeys, sampleKeys, type KeySample, type MeasuredKey } from './key-sample.js';
import { RecentMetrics } from './recent-metrics.js';
import { Probe, type InspectedNode, type Inspected, type InspectionBudget } from './probe.js';
import type { ServerInfo } from './server-info.js';
import { countSessionsOfUsers, sessionReport, type SessionReport } from './session-report.js';
import { warningsOf, type InspectionWarning } from './warnings.js';

/** Which connection, and what it may cost. */
export interface InspectionOptions extends InspectionBudget {
  /** Default: that of the caches; for `sessions`, that of the sessions. */
  readonly connection?: string;
}

/** How much a report looks at. */
export interface SamplingOptions extends InspectionOptions {
  /** Most keys looked at. Default 10,000. */
  readonly sample?: number;
  /** Most keys measured, at three commands each. Default 500. */
  readonly measure?: number;
  /** Length of the lists of keys and users. Default 10. */
  readonly top?: number;
}

/** What a sample of the keys shows, from `RedisInspector.keys`. */
export interface KeyReport {
  readonly biggest: readonly InspectedKey[];
  /** By uses under an LFU policy, else by how short ago they were used. */
  readonly hottest: readonly InspectedKey[];
  readonly sampled: number;
  readonly measured: number;
  /** All keys on the servers. */
  readonly total: number;
}

interface Looked {
  readonly nodes: readonly InspectedNode[];
  readonly sample: KeySample;
  readonly measured: readonly MeasuredKey[];
}

interface Counted {
  readonly metrics: MetricsSnapshot;
}

/**
 * Looks at Redis, caches and sessions, for those who watch over them. It only reads: every primary, by SCAN and never
 * by KEYS, on a connection of its own. Each call ends within its budget of time and commands and never throws because
 * of Redis; what could not be learned is listed in `missing`.
 */
@Injectable()
export class RedisInspector {
  readonly #recent = new RecentMetrics();

  constructor(
    @Inject(RedisConnections) private readonly connections: RedisConnections,
    @Inject(CacheRuntime) private readonly caching: CacheRuntime,
    @Inject(RedisMetrics) private readonly metrics: RedisMetrics,
    @Inject(SESSION_OPTIONS) private readonly session: ResolvedSessionOptions | undefined,
  ) {}

  /** INFO of every primary. One command each. */
  servers(options: InspectionOptions = {}): Promise<Inspected<readonly ServerInfo[]>> {
    return this.#onPrimaries(options, inspectServers);
  }

  /** The slowest commands that the servers remember, without their arguments. One command each. */
  slowLog(
    options: InspectionOptions & { readonly limit?: number } = {},
  ): Promise<Inspected<readonly SlowCommand[]>> {
    const { limit = 50 } = options;
    return this.#onPrimaries(options, (probe, nodes) => inspectSlowLog(probe, nodes, limit));
  }

  /** Round trips to every primary, and what its latency monitor saw. Six commands each. */
  latency(options: InspectionOptions = {}): Promise<Inspected<readonly ServerLatency[]>> {
    return this.#onPrimaries(options, inspectLatency);
  }

  /** The biggest and hottest keys of a sample. Sessions stand in it by their handles. */
  async keys(options: SamplingOptions = {}): Promise<Inspected<KeyReport>> {
    const probe = new Probe(options);
    const looked = await this.#look(probe, options.connection ?? this.#cacheConnection, options);
    return probe.done(this.#keyReport(looked, options));
  }

  /** Every cache: its memory here, its entries in Redis by a sample, and how it was used here. */
  async caches(options: SamplingOptions = {}): Promise<Inspected<readonly CacheReport[]>> {
    const probe = new Probe(options);
    const looked = await this.#look(probe, options.connection ?? this.#cacheConnection, options);
    return probe.done(this.#cacheReports({ ...looked, metrics: this.#counts(probe) }));
  }

  /** How many sessions and users there are, by a sample. Undefined where sessions are not configured. */
  async sessions(options: SamplingOptions = {}): Promise<Inspected<SessionReport | undefined>> {
    const probe = new Probe(options);
    if (!this.session) return probe.done(undefined);
    const looked = await this.#look(probe, options.connection ?? this.session.connection, options);
    const metrics = this.#counts(probe);
    return probe.done(await this.#sessionReport(probe, { ...looked, metrics }, options));
  }

  /** What should be looked into, each with its remedy, the worst first. */
  async warnings(options: SamplingOptions = {}): Promise<Inspected<readonly InspectionWarning[]>> {
    const probe = new Probe(options);
    const looked = await this.#look(probe, options.connection ?? this.#cacheConnection, options);
    const isElsewhere = this.session && this.session.connection !== this.#cacheConnection;
    const ofSessions =
      isElsewhere && options.connection === undefined
        ? await this.#look(probe, this.session.connection, options)
        : looked;
    const metrics = this.#recent.since(this.#counts(probe), this.metrics.startedAt);
    const sessions =
      this.session && (await this.#sessionReport(probe, { ...ofSessions, metrics }, { top: 0 }));
    const input = {
      caches: this.#cacheReports({ ...looked, metrics }),
      hottest: this.#keyReport(looked, options).hottest,
      sessions,
      maxSessionBytes: this.session?.maxBytes,
    };
    return probe.done(warningsOf(input));
  }

  get #cacheConnection(): string {
    return this.caching.place.connection;
  }

  get #names(): KeyNames {
    return new KeyNames({ cache: this.caching.place.prefix, session: this.session?.prefix });
  }

  async #onPrimaries<T>(
    options: InspectionOptions,
    inspect: (probe: Probe, nodes: readonly InspectedNode[]) => Promise<T>,
  ): Promise<Inspected<T>> {
    const probe = new Probe(options);
    const name = options.connection ?? this.#cacheConnection;
    return probe.done(await inspect(probe, await probe.primaries(this.connections, name)));
  }

  async #look(
    probe: Probe,
    connection: string,
    { sample: most = 10_000, measure = 500 }: SamplingOptions,
  ): Promise<Looked> {
    const nodes = await probe.primaries(this.connections, connection);
    const sample = await sampleKeys(probe, nodes, most);
    return { nodes, sample, measured: await measureKeys(probe, spread(sample.keys, measure)) };
  }

  #keyReport({ sample, measured }: Looked, { top = 10 }: SamplingOptions): KeyReport {
    return {
      biggest: biggest(measured, this.#names, top),
      hottest: hottest(measured, this.#names, top),
      sampled: sample.keys.length,
      measured: measured.length,
      total: sample.total,
    };
  }

  #cacheReports({ sample, measured, metrics }: Looked & Counted): CacheReport[] {
    const caches = this.caching.list();
    return cacheReports({ caches, sample, measured, names: this.#names, metrics });
  }

  async #sessionReport(
    probe: Probe,
    { sample, measured, metrics }: Looked & Counted,
    { top = 10 }: SamplingOptions,
  ): Promise<SessionReport> {
    const names = this.#names;
    const users = sample.keys.filter(({ key }) => names.ownerOf(key).kind === 'user');
    const topUsers =
      top === 0 ? [] : await countSessionsOfUsers(probe, { keys: users, names }, top);
    return sessionReport({ sample, measured, names, metrics, topUsers });
  }

  #counts(probe: Probe): MetricsSnapshot {
    if (this.metrics.startedAt === undefined)
      probe.miss('hits, loads and refusals', 'nothing is counted; import RedisMetricsModule');
    return this.metrics.snapshot();
  }
}

/** Evenly over the list, so that every server and every kind of key has its part. */
function spread<T>(list: readonly T[], most: number): T[] {
  const step = Math.max(1, list.length / most);
  return Array.from(
    { length: Math.min(most, list.length) },
    (_, at) => list[Math.floor(at * step)]!,
  );
}
