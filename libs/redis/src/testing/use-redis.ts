import { RedisKitError } from '../common/errors.js';
import { FakeClock } from './fake-clock.js';
import { startStandalone, type StandaloneTopology } from './standalone.js';
import type { TopologyOptions } from './topology.js';

/** The hooks of a test runner: jest, vitest, mocha with names of its own. */
export interface SuiteHooks {
  readonly beforeAll: (work: () => Promise<void>, timeoutMs?: number) => unknown;
  readonly beforeEach: (work: () => Promise<void>) => unknown;
  readonly afterAll: (work: () => Promise<void>) => unknown;
}

/** Options of `useRedis`. */
export interface UseRedisOptions extends TopologyOptions {
  /** Default: `beforeAll`, `beforeEach` and `afterAll` of the global scope. vitest without `globals` needs them here. */
  readonly hooks?: SuiteHooks;
  /** False keeps the data from test to test. Default true: each begins with an empty server. */
  readonly flush?: boolean;
}

/** The Redis of one suite. */
export interface SuiteRedis {
  /** The option `connection`. @throws RedisKitError outside of the tests and hooks of the suite */
  readonly url: string;
  /** The running server, to freeze or kill it. @throws RedisKitError as `url` */
  readonly server: StandaloneTopology;
  /** Ends entries and sessions without waiting. Right again before each test, unless `flush` is false. */
  readonly clock: FakeClock;
}

/** A server may be slow to start on a busy machine. */
const START_LIMIT_MS = 30_000;

/**
 * Starts a real server before the tests of a suite, empties it before each, and ends it after them.
 *
 * ```ts
 * const redis = useRedis();
 * it('…', () => { … redis.url … });
 * ```
 */
export function useRedis({
  hooks = globalThis as unknown as SuiteHooks,
  flush = true,
  ...options
}: UseRedisOptions = {}): SuiteRedis {
  let running: StandaloneTopology | undefined;
  const server = (): StandaloneTopology => {
    if (running) return running;
    throw new RedisKitError(
      'EMBEDDED_REDIS_FAILED',
      'The Redis of the suite does not run. Ask for `url` inside of a test, or of a hook after useRedis().',
    );
  };
  const clock = new FakeClock(() => server().nodes);
  hooks.beforeAll(async () => {
    running = await startStandalone(options);
  }, START_LIMIT_MS);
  if (flush)
    hooks.beforeEach(async () => {
      clock.reset();
      await server().node.call('FLUSHALL');
    });
  hooks.afterAll(async () => {
    clock.reset();
    await running?.stop();
    running = undefined;
  });
  return {
    get url() {
      return server().url;
    },
    get server() {
      return server();
    },
    clock,
  };
}
