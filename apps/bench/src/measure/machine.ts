import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, platform, release } from 'node:os';
import { setTimeout } from 'node:timers/promises';

/** Where a run took place. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly system: string;
  readonly node: string;
  readonly redis: string;
  readonly isPinned: boolean;
  /** How busy the cores were before the run began, 0 to 1. Above 0.1 the figures are not to be trusted. */
  readonly busyBefore: number;
  readonly load: number;
}

export async function describeMachine(redis: string): Promise<Machine> {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    system: `${platform()} ${release()}`,
    node: process.version,
    redis,
    isPinned: canPin(),
    busyBefore: await busyShare(),
    load: loadavg()[0] ?? 0,
  };
}

let pins: boolean | undefined;

function canPin(): boolean {
  pins ??= availableParallelism() > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0;
  return pins;
}

/** The server has core 0 for itself; what loads it, and Redis, are kept off it. */
export function onServerCore(command: readonly string[]): readonly string[] {
  return canPin() ? ['taskset', '-c', '0', ...command] : command;
}

export function offServerCore(command: readonly string[]): readonly string[] {
  return canPin() ? ['taskset', '-c', `1-${availableParallelism() - 1}`, ...command] : command;
}

/** The part of the machine's CPU time that others use, over one second. */
async function busyShare(): Promise<number> {
  const before = ticks();
  await setTimeout(1000);
  const after = ticks();
  return (after.busy - before.busy) / Math.max(1, after.all - before.all);
}

function ticks(): { readonly busy: number; readonly all: number } {
  const times = cpus().map((cpu) => cpu.times);
  const all = times.reduce((sum, t) => sum + t.user + t.nice + t.sys + t.irq + t.idle, 0);
  return { all, busy: all - times.reduce((sum, t) => sum + t.idle, 0) };
}
