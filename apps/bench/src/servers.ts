/** A program in `servers/` as one of its variants, in a process of its own. */
export interface ServerChoice {
  readonly id: string;
  readonly title: string;
  readonly program: string;
  readonly variant: string;
}

// A further way to answer (such as before Express and Nest) is one line here, one branch in its program,
// and its id in the list of a case.
export const SERVERS: readonly ServerChoice[] = [
  server('node-buffer', 'node:http with a Buffer', 'plain', 'buffer'),
  server('node-redis', 'node:http + ioredis getBuffer', 'plain', 'redis'),
  server('nest', 'Nest handler, no cache', 'nest'),
  server('kit-l1', 'nestjs-redis-kit, L1 + L2', 'kit', 'l1'),
  server('kit-l2', 'nestjs-redis-kit, L1 off', 'kit', 'l2'),
  server('kit-fast-lane', 'nestjs-redis-kit, fast lane', 'kit', 'fast-lane'),
  server('kit-metrics', 'nestjs-redis-kit, L1 + L2, metrics', 'kit', 'metrics'),
  server('kit-session', 'nestjs-redis-kit sessions', 'kit-session'),
  server('bento-reference', 'bentocache, L1 by reference + L2 + bus', 'bento', 'reference'),
  server('bento', 'bentocache, L1 + L2 + bus', 'bento', 'serialized'),
  server('cache-manager-memory', 'cache-manager, memory', 'cache-manager', 'memory'),
  server(
    'cache-manager-tiered',
    'cache-manager, CacheableMemory + @keyv/redis',
    'cache-manager',
    'tiered',
  ),
  server('cache-manager-redis', 'cache-manager, @keyv/redis', 'cache-manager', 'redis'),
  server('express-by-hand', 'Express + ioredis by hand', 'express'),
  server(
    'express-session-nest',
    'Nest + express-session + connect-redis',
    'express-session',
    'nest',
  ),
  server(
    'express-session-express',
    'Express + express-session + connect-redis',
    'express-session',
    'express',
  ),
];

function server(id: string, title: string, program: string, variant = ''): ServerChoice {
  return { id, title, program, variant };
}

export function titleOf(id: string): string {
  return SERVERS.find((choice) => choice.id === id)?.title ?? id;
}
