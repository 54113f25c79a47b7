/**
 * Merges a number that requests add to and subtract from: both changes count.
 *
 * ```ts
 * session: { mergers: { visits: mergeCounter, recent: mergeList, cart: mergeCounts } }
 * ```
 */
export function mergeCounter(base: unknown, theirs: unknown, ours: unknown): unknown {
  if (ours === undefined) return undefined;
  return numberOf(theirs) + numberOf(ours) - numberOf(base);
}

/**
 * Merges a list that requests add entries to and remove entries from, wherever in it: their list without
 * what we removed, then what we added. Entries are the same when their JSON is; their number counts.
 */
export function mergeList(base: unknown, theirs: unknown, ours: unknown): unknown {
  if (!Array.isArray(theirs) || !Array.isArray(ours)) return ours;
  const before: readonly unknown[] = Array.isArray(base) ? base : [];
  const added = subtract(ours, before);
  const removed = subtract(before, ours);
  return [...subtract(theirs, removed), ...added];
}

/**
 * Merges an object of numbers, such as a cart of `{ [sku]: quantity }`: both changes of one number count,
 * and what both sides leave at zero or less is removed.
 */
export function mergeCounts(base: unknown, theirs: unknown, ours: unknown): unknown {
  if (!isCounts(theirs) || !isCounts(ours)) return ours;
  const before = isCounts(base) ? base : {};
  const keys = new Set([...Object.keys(theirs), ...Object.keys(ours)]);
  const sums = [...keys].map(
    (key) => [key, own(theirs, key) + own(ours, key) - own(before, key)] as const,
  );
  return Object.fromEntries(sums.filter(([, sum]) => sum > 0));
}

type Counts = Readonly<Record<string, unknown>>;

function isCounts(value: unknown): value is Counts {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(counts: Counts, key: string): number {
  return Object.hasOwn(counts, key) ? numberOf(counts[key]) : 0;
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

/** What is in `from` more often than in `taken`, in the order of `from`. */
function subtract(from: readonly unknown[], taken: readonly unknown[]): unknown[] {
  const left = new Map<string, number>();
  for (const entry of taken) left.set(textOf(entry), (left.get(textOf(entry)) ?? 0) + 1);
  return from.filter((entry) => {
    const count = left.get(textOf(entry)) ?? 0;
    left.set(textOf(entry), count - 1);
    return count <= 0;
  });
}

function textOf(entry: unknown): string {
  return JSON.stringify(entry) ?? '';
}
