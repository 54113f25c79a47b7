import { describe, expect, it } from '@jest/globals';
import { blocksOf, pages, type Block } from './blocks.js';
import { typeCheck } from './type-check.js';

/** Not checked, and why. Whoever adds one here says so to all readers. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'docs/migrate-from-connect-redis.md#1':
    'the code of before, with packages that are not installed',
  'docs/migrate-from-bentocache.md#1': 'the code of before, with packages that are not installed',
  'docs/migrate-from-nestjs-redis.md#1': 'the code of before, with packages that are not installed',
  'docs/health.md#1': 'what fetch parses is unknown to the compiler; docs.e2e-spec.ts runs it',
};

const blocks = pages().flatMap(blocksOf);
const checked = blocks.filter(({ name }) => !(name in EXCEPTIONS));

describe('the examples of README and docs', () => {
  it('are found, and exceptions are counted', () => {
    expect(checked.length).toBeGreaterThan(35);
    expect(blocks.length - checked.length).toBe(Object.keys(EXCEPTIONS).length);
  });

  it('are right for the compiler, against the built package', () => {
    const wrong = [...typeCheck(checked)].filter(([, messages]) => messages.length > 0);
    expect(Object.fromEntries(wrong)).toEqual({});
  }, 120_000);

  it('would be found wrong', () => {
    const [example] = checked.filter(({ code }) => code.includes('getOrSet('));
    const broken: Block = { ...example!, code: example!.code.replaceAll('getOrSet(', 'getOrSit(') };
    expect([...typeCheck([broken]).values()].flat().join()).toMatch(/getOrSit/);
  }, 120_000);
});
