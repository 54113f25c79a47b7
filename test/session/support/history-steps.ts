import { json, type Answer, type Browser } from '../browser.js';
import type { AccountNode } from './account-node.js';
import type { Span } from './session-history.js';

export type Random = () => number;

export async function timed<T>(work: Promise<T>): Promise<[result: T, span: Span]> {
  const from = performance.now();
  const result = await work;
  return [result, { from, to: performance.now() }];
}

export function browserOf(node: AccountNode, { cookie }: { readonly cookie: string }): Browser {
  const browser = node.browser();
  browser.cookie = cookie;
  return browser;
}

/** The answer says whose session it found. */
export function isKnown(answer: Answer): boolean {
  return answer.status < 300 && json(answer)['userId'] !== undefined;
}

export function pick<T>(all: readonly T[], random: Random): T {
  return all[Math.floor(random() * all.length)]!;
}

export function pickWeighted<T extends readonly [weight: number, ...unknown[]]>(
  all: readonly T[],
  random: Random,
): T {
  let left = random() * all.reduce((sum, [weight]) => sum + weight, 0);
  return all.find(([weight]) => (left -= weight) < 0) ?? all[0]!;
}
