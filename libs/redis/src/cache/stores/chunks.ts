/** Most keys of one command or pipeline: a longer one would hold up everybody else on Redis. */
const CHUNK = 500;

export function* chunksOf<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += CHUNK) yield all.slice(at, at + CHUNK);
}
