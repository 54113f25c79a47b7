import type { MetricsSnapshot } from '../metrics/redis-metrics.js';
import { count, scaleOf } from './cache-report.js';
import type { KeyNames } from './key-names.js';
import { ttlHistogram, type TtlHistogram } from './key-report.js';
import type { KeySample, MeasuredKey, SampledKey } from './key-sample.js';
import type { Probe } from './probe.js';

/** A user and how many sessions the index has of them; some may have ended since. */
export interface SessionsOfUser {
  /** Stands for the user in keys and here; no id can be found from it. */
  readonly user: string;
  readonly sessions: number;
}

/** What a sample of the sessions shows, from `RedisInspector.sessions`. */
export interface SessionReport {
  /** Estimated from the sample; exact where the sample is complete. */
  readonly sessions: number;
  readonly users: number;
  readonly isExact: boolean;
  /** Of the sampled sessions, with the bookkeeping of Redis. */
  readonly meanBytes: number | undefined;
  readonly largestBytes: number | undefined;
  readonly ttls: TtlHistogram;
  /** Of the sampled users, those with the most sessions first. */
  readonly topUsers: readonly SessionsOfUser[];
  /** What this process counted since `RedisMetrics` was started: saves refused for their size, and near it. */
  readonly tooLarge: number;
  readonly large: number;
}

export interface SessionReportInput {
  readonly sample: KeySample;
  readonly measured: readonly MeasuredKey[];
  readonly names: KeyNames;
  readonly metrics: MetricsSnapshot;
  readonly topUsers: readonly SessionsOfUser[];
}

export function sessionReport(input: SessionReportInput): SessionReport {
  const { sample, names, metrics, topUsers } = input;
  const kinds = sample.keys.map(({ key }) => names.ownerOf(key).kind);
  const scale = scaleOf(sample);
  const estimate = (kind: string): number =>
    Math.round(kinds.filter((one) => one === kind).length * scale);
  const own = input.measured.filter(({ key }) => names.ownerOf(key).kind === 'session');
  const sizes = own.flatMap(({ bytes }) => (bytes === undefined ? [] : [bytes]));
  const sum = sizes.reduce((total, bytes) => total + bytes, 0);
  const refused = { reason: 'too-large' };
  return {
    sessions: estimate('session'),
    users: estimate('user'),
    isExact: sample.isComplete,
    meanBytes: sizes.length === 0 ? undefined : Math.round(sum / sizes.length),
    largestBytes: sizes.length === 0 ? undefined : Math.max(...sizes),
    ttls: ttlHistogram(own),
    topUsers,
    tooLarge: count(metrics, 'session.refusals', refused),
    large: count(metrics, 'session.large'),
  };
}

/** Asks the index how many sessions users have; one command per user. */
export async function countSessionsOfUsers(
  probe: Probe,
  { keys, names }: { readonly keys: readonly SampledKey[]; readonly names: KeyNames },
  top: number,
): Promise<SessionsOfUser[]> {
  const found: SessionsOfUser[] = [];
  const users = keys.slice(0, probe.commandsLeft);
  if (users.length < keys.length) probe.miss('users', 'out of budget');
  await Promise.all(
    users.map(async ({ key, node }) => {
      const owner = names.ownerOf(key);
      const sessions = await probe.ask('HLEN', () => node.redis.hlen(key));
      if (owner.kind === 'user' && sessions !== undefined)
        found.push({ user: owner.user, sessions });
    }),
  );
  return found.toSorted((one, other) => other.sessions - one.sessions).slice(0, top);
}
