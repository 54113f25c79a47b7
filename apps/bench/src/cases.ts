import { SIZES } from './payload.js';

/** What the requests of a case carry: a session cookie of their own per connection, or none. */
export type Visitor = 'nobody' | 'session';

/** One kind of request, and the servers that answer it. */
export interface Case {
  readonly id: string;
  readonly title: string;
  readonly path: string;
  /** `every`: each request has a URL of its own, so that each one is a miss. */
  readonly misses: 'none' | 'every';
  readonly visitor: Visitor;
  /** The servers in the order of a round. The first is what the others are divided by. */
  readonly servers: readonly string[];
  readonly isInQuickRun: boolean;
}

export const BASELINE = 'nest';

const CACHES = [
  BASELINE,
  'kit-l1',
  'kit-l2',
  'kit-fast-lane',
  'bento-reference',
  'bento',
  'cache-manager-memory',
  'cache-manager-tiered',
  'cache-manager-redis',
  'express-by-hand',
  'node-redis',
  'node-buffer',
];
const MISSES = [BASELINE, 'kit-l1', 'bento', 'cache-manager-tiered', 'cache-manager-redis'];
const SESSIONS = [BASELINE, 'kit-session', 'express-session-nest', 'express-session-express'];

export const CASES: readonly Case[] = [
  ...SIZES.map((size): Case => ({
    id: `hit-${size}k`,
    title: `A cached answer of ${size} KB`,
    path: `/items/${size}`,
    misses: 'none',
    visitor: 'nobody',
    servers: CACHES,
    isInQuickRun: size !== 10,
  })),
  {
    id: 'miss-10k',
    title: 'A miss of 10 KB: the handler runs, the answer is stored',
    path: '/items/10',
    misses: 'every',
    visitor: 'nobody',
    servers: MISSES,
    isInQuickRun: true,
  },
  {
    id: 'metrics',
    title: 'A cached answer of 1 KB with metrics for Prometheus',
    path: '/items/1',
    misses: 'none',
    visitor: 'nobody',
    servers: ['kit-l1', 'kit-metrics'],
    isInQuickRun: true,
  },
  session(
    'anonymous',
    'A request without a session cookie, to a route that does not look at its session',
    '/session/none',
    'nobody',
  ),
  session(
    'anonymous-looks',
    'A request without a session cookie, to a route that reads its session',
    '/session/read',
    'nobody',
  ),
  session('session-read', 'A request that reads its session', '/session/read', 'session'),
  session('session-write', 'A request that changes its session', '/session/write', 'session'),
];

function session(id: string, title: string, path: string, visitor: Visitor): Case {
  return { id, title, path, misses: 'none', visitor, servers: SESSIONS, isInQuickRun: true };
}
