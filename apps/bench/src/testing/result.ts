import type { Visit } from '../measure/rounds.js';
import type { BenchResult, Cell } from '../result.js';

/** A result of a run that never was, for specs. */
export function resultOf(cells: readonly Cell[], values: BenchResult['values'] = {}): BenchResult {
  return {
    startedAt: '2026-01-02T03:04:05.000Z',
    isQuick: false,
    rounds: 3,
    pace: {
      connections: 16,
      firstRequests: 10_000,
      firstSeconds: 10,
      warmUpSeconds: 1,
      seconds: 3,
      openSeconds: 1,
      openRounds: 2,
    },
    machine: {
      cpu: 'A processor',
      cores: 2,
      system: 'linux',
      node: 'v24.0.0',
      redis: '7.2.0',
      isPinned: true,
      busyBefore: 0,
      load: 0,
    },
    cells,
    profiles: [],
    values,
    failures: [],
  };
}

export function cell(
  test: string,
  server: string,
  cpuMicros: readonly number[],
  commands: Readonly<Record<string, number>> = {},
): Cell {
  const visits = cpuMicros.map((cpu): Visit => ({
    cpuMicros: cpu,
    requestsPerSecond: 5000,
    p50Micros: 2000,
    p99Micros: 9000,
    rssBytes: 100 * 1024 * 1024,
    redisBytes: 0,
  }));
  return { case: test, server, visits, steady: [], audit: { commands, bodyBytes: 1000 } };
}
