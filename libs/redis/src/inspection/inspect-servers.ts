import type { InspectedNode, Probe } from './probe.js';
import { serverInfo, type ServerInfo } from './server-info.js';

/** A command that was slow. Its arguments are not told: they are keys and values. */
export interface SlowCommand {
  readonly address: string;
  readonly id: number;
  /** Milliseconds since the Unix epoch, to the second. */
  readonly at: number;
  readonly ms: number;
  /** Such as `EVALSHA`. */
  readonly command: string;
  readonly argumentCount: number;
}

/** How fast one server answers. */
export interface ServerLatency {
  readonly address: string;
  /** Round trips of PING in milliseconds: the way there and back, and what the server was doing. */
  readonly pings: readonly number[];
  /** From LATENCY LATEST; empty unless `latency-monitor-threshold` is set. */
  readonly events: readonly {
    readonly name: string;
    readonly at: number;
    readonly ms: number;
    readonly maxMs: number;
  }[];
}

const PINGS = 5;

export async function inspectServers(
  probe: Probe,
  nodes: readonly InspectedNode[],
): Promise<ServerInfo[]> {
  const infos = await Promise.all(
    nodes.map(async ({ address, redis }) => {
      const text = await probe.ask(`INFO of ${address}`, () => redis.info());
      return text === undefined ? undefined : serverInfo(address, text);
    }),
  );
  return infos.filter((info) => info !== undefined);
}

/** Slowest first. */
export async function inspectSlowLog(
  probe: Probe,
  nodes: readonly InspectedNode[],
  limit: number,
): Promise<SlowCommand[]> {
  const logs = await Promise.all(
    nodes.map(async ({ address, redis }) => {
      const reply = await probe.ask(`SLOWLOG of ${address}`, () =>
        redis.call('SLOWLOG', 'GET', limit),
      );
      return readSlowLog(address, reply);
    }),
  );
  return logs
    .flat()
    .toSorted((one, other) => other.ms - one.ms)
    .slice(0, limit);
}

export async function inspectLatency(
  probe: Probe,
  nodes: readonly InspectedNode[],
): Promise<ServerLatency[]> {
  return Promise.all(
    nodes.map(async ({ address, redis }) => {
      const pings: number[] = [];
      for (let times = 0; times < PINGS; times += 1) {
        const startedAt = performance.now();
        const reply = await probe.ask(`PING of ${address}`, () => redis.ping());
        if (reply === undefined) break;
        pings.push(performance.now() - startedAt);
      }
      const latest = await probe.ask(`LATENCY of ${address}`, () =>
        redis.call('LATENCY', 'LATEST'),
      );
      return { address, pings, events: readLatency(latest) };
    }),
  );
}

/** Each: id, Unix time in seconds, microseconds, the command with its arguments, address, name. */
function readSlowLog(address: string, reply: unknown): SlowCommand[] {
  if (!Array.isArray(reply)) return [];
  return (reply as [number, number, number, string[]][]).map(([id, seconds, micros, command]) => ({
    address,
    id,
    at: seconds * 1000,
    ms: micros / 1000,
    command: (command[0] ?? '').toUpperCase(),
    argumentCount: Math.max(0, command.length - 1),
  }));
}

/** Each: event, Unix time in seconds, latest and longest in milliseconds. */
function readLatency(reply: unknown): ServerLatency['events'] {
  if (!Array.isArray(reply)) return [];
  return (reply as [string, number, number, number][]).map(([name, seconds, ms, maxMs]) => ({
    name,
    at: seconds * 1000,
    ms,
    maxMs,
  }));
}
