import { LRUCache } from 'lru-cache';
import type { IncomingHttpHeaders } from 'node:http';
import { variantKey } from '../vary.js';
import { LaneSlot } from './lane-slot.js';

/** Stands for a request target whose answers differ by request headers, and names these. */
interface VariantNames {
  readonly names: readonly string[];
}

/** Bookkeeping of one slot, roughly. */
const OVERHEAD_BYTES = 500;

const MOST_BYTES = 32 * 1024 * 1024;

/** From a request to its slot. Bounded in entries and in bytes; the least recently used go first. */
export class LaneMap {
  readonly #nodes: LRUCache<string, LaneSlot | VariantNames>;

  constructor(maxEntries: number) {
    this.#nodes = new LRUCache({
      max: maxEntries,
      maxSize: MOST_BYTES,
      sizeCalculation: (node, key) =>
        OVERHEAD_BYTES + 2 * (key.length + (node instanceof LaneSlot ? node.size : 0)),
    });
  }

  get size(): number {
    return this.#nodes.size;
  }

  find(key: string, headers: IncomingHttpHeaders): LaneSlot | undefined {
    const node = this.#nodes.get(key);
    if (node === undefined || node instanceof LaneSlot) return node;
    const variant = this.#nodes.get(variantKey(key, node.names, headers));
    return variant instanceof LaneSlot ? variant : undefined;
  }

  /** Names of the headers that tell the answers of this target apart: those known before, and these. */
  widen(key: string, names: readonly string[]): readonly string[] {
    const known = this.#nodes.get(key);
    const before = known && !(known instanceof LaneSlot) ? known.names : [];
    if (names.every((name) => before.includes(name))) return before;
    const all = [...new Set([...before, ...names])].toSorted();
    this.#nodes.set(key, { names: all });
    return all;
  }

  /** @param names as `widen` gave them */
  slot(key: string, names: readonly string[], headers: IncomingHttpHeaders): SlotPlace {
    const place = names.length === 0 ? key : variantKey(key, names, headers);
    const node = this.#nodes.get(place);
    return {
      slot: node instanceof LaneSlot ? node : undefined,
      put: (slot) => void this.#nodes.set(place, slot),
    };
  }

  clear(): void {
    this.#nodes.clear();
  }
}

/** Where a slot is, or is to be. `put` also takes in that it has grown. */
export interface SlotPlace {
  readonly slot: LaneSlot | undefined;
  readonly put: (slot: LaneSlot) => void;
}
