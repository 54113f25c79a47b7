import { beforeEach, describe, expect, it } from '@jest/globals';
import { FailureLog } from '../../common/failure-log.js';
import { FailurePolicy } from '../failure-policy.js';
import type { InvalidationBus } from './invalidation-bus.js';
import type { Invalidation } from './invalidation-message.js';
import { Invalidator, type Change } from './invalidator.js';
import type { PendingInvalidations } from './pending-invalidations.js';

const invalidation: Invalidation = { kind: 'entries', cache: 'shop', names: ['a'] };
const failures = new FailurePolicy('shop', new FailureLog(() => undefined));
let story: string[];
let isPublished: boolean;
let invalidator: Invalidator;

beforeEach(() => {
  story = [];
  isPublished = true;
  const note = (line: string): void => void story.push(line);
  const bus = {
    announce: () => note('announce'),
    publish: async () => {
      note('publish');
      return isPublished;
    },
  };
  const pending = { add: () => note('pending'), settle: async () => note('settle') };
  invalidator = new Invalidator({
    bus: bus as unknown as InvalidationBus,
    pending: pending as unknown as PendingInvalidations,
  });
});

function change(inRedis: () => Promise<boolean>): Change<boolean> {
  const changed = (): void => void story.push('changed');
  return { invalidation, operation: 'delete', failures, changed, inRedis };
}

const redisAnswers = async (): Promise<boolean> => {
  story.push('redis');
  return true;
};

function redisFails(name: string): () => Promise<never> {
  return () => Promise.reject(Object.assign(new Error('no'), { name }));
}

describe('Invalidator', () => {
  it('tells this process before and after Redis, then the others', async () => {
    expect(await invalidator.run(change(redisAnswers))).toBe(true);
    expect(story).toEqual(['announce', 'redis', 'announce', 'changed', 'publish']);
  });

  it('keeps for later what Redis did not hear', async () => {
    expect(await invalidator.run(change(redisFails('Error')))).toBeUndefined();
    expect(story).toEqual(['announce', 'announce', 'changed', 'pending']);
  });

  it('makes up at once for what Redis refused: it may still take the removal', async () => {
    await invalidator.run(change(redisFails('ReplyError')));
    expect(story).toEqual(['announce', 'announce', 'changed', 'pending', 'settle']);
  });

  it('keeps for later what the others could not be told', async () => {
    isPublished = false;
    expect(await invalidator.run(change(redisAnswers))).toBe(true);
    expect(story.slice(-2)).toEqual(['publish', 'pending']);
  });

  it('throws the mistake of a caller', async () => {
    await expect(invalidator.run(change(redisFails('TypeError')))).rejects.toThrow('no');
  });
});
