import { batches } from '../common/batches.js';

/** A user may have a thousand sessions: commands of all at once would hold up those of every other request. */
export const BATCH = 100;

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
  for (const batch of batches(items, BATCH))
    results.push(...(await Promise.allSettled(batch.map(work))));
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
