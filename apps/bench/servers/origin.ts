import { setTimeout } from 'node:timers/promises';
import { payload, SIZES } from '../src/payload.js';

const items = new Map<string, object>(SIZES.map((size) => [String(size), payload(size)]));

/** What the handlers of all servers return. Objects made once: what is measured is the way around them. */
export const origin = {
  calls: 0,

  item(size: string): object {
    origin.calls++;
    const found = items.get(size);
    if (!found) throw new Error(`No item of ${size} KB.`);
    return found;
  },

  async slow(): Promise<object> {
    origin.calls++;
    await setTimeout(SLOW_MS);
    return { slow: true };
  },
};

/** How long the slow handler takes, in milliseconds. */
export const SLOW_MS = 200;
