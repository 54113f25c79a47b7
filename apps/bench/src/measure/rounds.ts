import { STEADY_RATE } from '../steady-rate.js';
import type { Case } from '../cases.js';
import type { Sample } from '../control.js';
import type { LoadOrder, LoadReport } from '../load.js';
import { openSessions } from './client.js';
import type { LoadProcess } from './load-process.js';
import type { BenchRedis } from './redis.js';
import type { ServerProcess } from './server-process.js';

/** One visit of the load generator to one server. */
export interface Visit {
  /** CPU time of the server process per request, in microseconds. */
  readonly cpuMicros: number;
  readonly requestsPerSecond: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly rssBytes: number;
  /** Bytes that Redis received and sent, per request. */
  readonly redisBytes: number;
}

/** Latency under requests that come at a fixed rate, from when each was due. */
export type Steady = Pick<LoadReport, 'p50Micros' | 'p99Micros'>;

/** What the load generator is told about a server in a case; how long is said with each load. */
export type Order = Omit<LoadOrder, 'seconds'>;

export interface Pace {
  readonly connections: number;
  /**
   * Requests before anything is measured: until then V8 has compiled little of a new process. Counted and
   * not timed, since a busy machine serves few of them in a second.
   */
  readonly firstRequests: number;
  /** Longest time for them. */
  readonly firstSeconds: number;
  /** Load before each measure. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Length of a load at a fixed rate; 0 for none. */
  readonly openSeconds: number;
  /** Rounds of loads at a fixed rate. */
  readonly openRounds: number;
}

export interface Bench {
  readonly redis: BenchRedis;
  readonly load: LoadProcess;
  readonly pace: Pace;
}

/** One server in a case, and the load on it. */
export interface Place {
  readonly server: ServerProcess;
  readonly order: Order;
}

/** The same sessions for all of a case: what logins cost is no part of it. */
export async function placeOf(
  test: Case,
  server: ServerProcess,
  { connections }: Pace,
): Promise<Place> {
  const order = {
    url: server.url + test.path,
    connections,
    cookies: test.visitor === 'session' ? await openSessions(server.url, connections) : [],
    isUnique: test.misses === 'every',
    rate: 0,
  };
  return { server, order };
}

/** The first load on a server in a case. */
export async function warmUp(place: Place, { redis, load, pace }: Bench): Promise<void> {
  const endsAt = performance.now() + pace.firstSeconds * 1000;
  let left = pace.firstRequests;
  while (left > 0 && performance.now() < endsAt) {
    const { answers } = await load.run({ ...place.order, seconds: FIRST_STEP_SECONDS });
    left -= answers;
  }
  await tidy(place, redis);
}

const FIRST_STEP_SECONDS = 0.3;

/** Warms a server up and measures it. */
export async function visit(place: Place, bench: Bench): Promise<Visit> {
  const { redis, load, pace } = bench;
  const { server, order } = place;
  await load.run({ ...order, seconds: pace.warmUpSeconds });
  const { report, before, after, bytes } = await measured(
    server,
    { ...order, seconds: pace.seconds },
    bench,
  );
  await tidy(place, redis);
  return {
    cpuMicros: (after.cpuMicros - before.cpuMicros) / report.answers,
    requestsPerSecond: report.answers / report.seconds,
    p50Micros: report.p50Micros,
    p99Micros: report.p99Micros,
    rssBytes: after.rssBytes,
    redisBytes: bytes / report.answers,
  };
}

export async function visitSteadily(place: Place, { redis, load, pace }: Bench): Promise<Steady> {
  const order = { ...place.order, seconds: pace.openSeconds, rate: STEADY_RATE };
  const { p50Micros, p99Micros } = await load.run(order);
  await tidy(place, redis);
  return { p50Micros, p99Micros };
}

/** What misses leave behind would crowd the memory of Redis in later rounds. */
async function tidy({ server, order }: Place, redis: BenchRedis): Promise<void> {
  if (order.isUnique) await redis.empty(server.database);
}

/** So often a machine may be too busy with others to answer anything. */
const MOST_TRIES = 20;

interface Measured {
  readonly report: LoadReport;
  readonly before: Sample;
  readonly after: Sample;
  /** Received and sent by Redis. */
  readonly bytes: number;
}

/** @throws when there is no answer, however often it is tried */
async function measured(
  server: ServerProcess,
  order: LoadOrder,
  { redis, load }: Bench,
): Promise<Measured> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const [before, trafficBefore] = await Promise.all([server.sample(), redis.traffic()]);
    const report = await load.run(order);
    const [after, traffic] = await Promise.all([server.sample(), redis.traffic()]);
    const bytes = traffic.received + traffic.sent - trafficBefore.received - trafficBefore.sent;
    if (report.answers > 0) return { report, before, after, bytes };
  }
  throw new Error(`No answer in ${MOST_TRIES} times ${order.seconds} s.`);
}
