/** A user may have a thousand sessions: commands of all at once would hold up those of every other request. */
const BATCH = 100;

/** The items in groups of 100 at most. */
export function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += BATCH) yield items.slice(at, at + BATCH);
}

/**
 * Does the work for every item, for 100 at a time. It goes on where it fails for one.
 *
 * @throws the first failure, at the end
 */
export async function inBatches<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: PromiseSettledResult<R>[] = [];
  for (const batch of batches(items)) results.push(...(await Promise.allSettled(batch.map(work))));
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
