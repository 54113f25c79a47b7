/** A Node callback, as express-session passes it. */
export type Callback<T = void> = (error?: unknown, value?: T) => void;

/**
 * Hands the outcome to the callback, exactly once, or to the promise where there is none. The
 * callback runs outside of the promise: what it throws is an uncaught exception of its own, not a
 * rejection that nobody awaits.
 */
export function settle<T>(work: Promise<T>, callback?: Callback<T>): Promise<T> {
  if (!callback) return work;
  work.then(
    (value) => process.nextTick(callback, null, value),
    (error: unknown) => process.nextTick(callback, error),
  );
  return work.catch(() => undefined as T);
}

/** Success without any work, told at once: express-session then ends the response without a detour. */
export function done(callback?: Callback): Promise<void> {
  callback?.();
  return Promise.resolve();
}

/** As `Promise.all`, and where one fails, the others are done as well. */
export async function allDone<T extends readonly unknown[]>(
  work: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** Does something more where the work fails. */
export async function orElse<T>(work: Promise<T>, undo: () => unknown): Promise<T> {
  try {
    return await work;
  } catch (error) {
    await undo();
    throw error;
  }
}
