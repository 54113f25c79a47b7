import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { DistinctEstimate, RecentEstimate } from './distinct-estimate.js';

const handle = (name: number): string =>
  createHash('sha256').update(String(name)).digest('hex').slice(0, 32);

function fill(estimate: { add(handle: string): void }, from: number, to: number): void {
  for (let name = from; name < to; name += 1) estimate.add(handle(name));
}

describe('DistinctEstimate', () => {
  it.each([0, 1, 100, 10_000, 200_000])('tells %d names within 2 %%', (names) => {
    const estimate = new DistinctEstimate();
    fill(estimate, 0, names);
    expect(Math.abs(estimate.count - names)).toBeLessThanOrEqual(Math.max(1, names * 0.02));
  });

  it('counts a name once, however often it comes', () => {
    const estimate = new DistinctEstimate();
    for (let times = 0; times < 1000; times += 1) estimate.add(handle(7));
    expect(estimate.count).toBe(1);
  });

  it('counts a name once that is in two', () => {
    const [one, other] = [new DistinctEstimate(), new DistinctEstimate()];
    fill(one, 0, 600);
    fill(other, 400, 1000);
    expect(Math.abs(one.countWith(other) - 1000)).toBeLessThanOrEqual(20);
  });

  it('takes no notice of what is no handle', () => {
    const estimate = new DistinctEstimate();
    estimate.add('');
    expect(estimate.count).toBe(0);
  });
});

describe('RecentEstimate', () => {
  it('forgets names after one to two windows', () => {
    let now = 0;
    const recent = new RecentEstimate(1000, () => now);
    fill(recent, 0, 100);
    now = 1500;
    fill(recent, 100, 150);
    expect(recent.count).toBeGreaterThanOrEqual(147);
    now = 2500;
    expect(recent.count).toBeLessThanOrEqual(52);
    expect(recent.count).toBeGreaterThanOrEqual(48);
    now = 10_000;
    expect(recent.count).toBe(0);
  });
});
