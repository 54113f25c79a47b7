import { describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { measureKeys } from './key-sample.js';
import { Probe } from './probe.js';

/** A server whose keys answer OBJECT FREQ so; anything else is fine. */
function nodeOf(replies: Record<string, number | null | Error>) {
  const asked: string[] = [];
  const call = async (command: string, part: string, key: string): Promise<unknown> => {
    if (command !== 'OBJECT') return 100;
    asked.push(`${part} ${key}`);
    const reply = part === 'FREQ' ? replies[key] : 7;
    if (reply instanceof Error) throw reply;
    return reply;
  };
  const redis = { call, pttl: async () => 1000 } as unknown as Redis;
  return { node: { address: 'a', redis }, asked };
}

const LRU = new Error('ERR An LFU maxmemory policy is not selected');

describe('how warm keys are', () => {
  it.each<[string, Record<string, number | null | Error>, string]>([
    ['a count of uses, where Redis counts them', { one: 3, two: 4 }, 'FREQ'],
    ['the same, if the first key is gone by then', { one: null, two: 4 }, 'FREQ'],
    ['the idle time elsewhere', { one: LRU, two: LRU }, 'IDLETIME'],
    ['nothing, if all keys are gone', { one: null, two: null }, 'IDLETIME'],
  ])('is %s', async (_, replies, part) => {
    const { node, asked } = nodeOf(replies);
    const keys = Object.keys(replies).map((key) => ({ key, node }));
    await measureKeys(new Probe(), keys);
    expect(asked.slice(-2)).toEqual([`${part} one`, `${part} two`]);
  });
});
