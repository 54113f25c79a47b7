import { RedisKitError } from '../../common/errors.js';

/** Waits for work at most `ms`; then `late` decides what comes instead. Without a limit, it just waits. */
export function withTimeLimit<T>(
  work: Promise<T>,
  ms: number | undefined,
  late: () => T | Promise<T>,
): Promise<T> {
  return ms === undefined ? work : atMost(work, ms, late);
}

async function atMost<T>(work: Promise<T>, ms: number, late: () => T | Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  const first = await Promise.race([work.then((value) => ({ value })), limit]).finally(() =>
    clearTimeout(timer),
  );
  return first ? first.value : late();
}

/** A loader took longer than its hard timeout. */
export function loadTimeout(key: string, ms: number): RedisKitError {
  return new RedisKitError(
    'LOAD_TIMEOUT',
    `Loading \`${key}\` took longer than its hard timeout of ${ms} ms. Raise hardTimeout, or make the loader heed its signal.`,
  );
}
