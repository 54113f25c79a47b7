import { describe, expect, it } from '@jest/globals';
import { CASES } from './cases.js';
import { readOptions } from './options.js';
import { SERVERS } from './servers.js';

describe('readOptions', () => {
  it('writes the docs after a whole run only, unless asked', () => {
    expect(readOptions([]).writesDocs).toBe(true);
    expect(readOptions(['--quick']).writesDocs).toBe(false);
    expect(readOptions(['--only', 'hit']).writesDocs).toBe(false);
    expect(readOptions(['--quick', '--docs']).writesDocs).toBe(true);
    expect(readOptions(['--no-docs']).writesDocs).toBe(false);
  });

  it('runs nine rounds, three in a quick run, or as many as said', () => {
    expect(readOptions([]).rounds).toBe(9);
    expect(readOptions(['--quick']).rounds).toBe(3);
    expect(readOptions(['--quick', '--rounds', '8']).rounds).toBe(8);
  });

  it('runs in-process measures five times at most', () => {
    expect(readOptions([]).microRounds).toBe(5);
    expect(readOptions(['--rounds', '2']).microRounds).toBe(2);
  });

  it.each(['0', '1.5', 'many'])('refuses %s rounds', (rounds) => {
    expect(() => readOptions(['--rounds', rounds])).toThrow(rounds);
  });

  it('refuses what it does not know', () => {
    expect(() => readOptions(['--fast'])).toThrow('--fast');
  });
});

describe('CASES', () => {
  it('name servers that exist', () => {
    const known = SERVERS.map(({ id }) => id);
    expect(CASES.flatMap(({ servers }) => servers).filter((id) => !known.includes(id))).toEqual([]);
  });
});
