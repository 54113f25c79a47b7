import { createHash } from 'node:crypto';
import { pathGeneration } from '../entry.js';

/** Longer paths are named by their hash. */
const LONGEST_PATH = 400;

/**
 * The generation that every stored answer of a path carries, whatever its query, variant, scope and host:
 * one name to end them all by. A handler answers for a path under every host that leads to it, so hosts
 * are not told apart here.
 *
 * @param target path or request target
 */
export function urlGeneration(target: string): string {
  // A target may be a whole URL, which Express answers by its path: RFC 9112 section 3.2.2.
  const local = target.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '');
  const mark = local.search(/[?#]/);
  // Express tells no letter cases apart. Where an application does, more is ended than need be.
  const path = decoded(mark === -1 ? local : local.slice(0, mark)).toLowerCase();
  // Express, too, takes `/items/` for `/items`.
  const plain = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  return pathGeneration(
    plain.length <= LONGEST_PATH ? plain : createHash('sha256').update(plain).digest('base64url'),
  );
}

/** `/caf%C3%A9` and `/café` are one path. */
function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

/** What a successful unsafe request changed. Origins are compared: nobody ends what belongs to another one. */
export interface UnsafeExchange {
  /** Such as `https://shop.example`. */
  readonly origin: string;
  /** Request target. */
  readonly target: string;
  readonly location: string | undefined;
  readonly contentLocation: string | undefined;
}

/** Target URI, Location and Content-Location of the same origin. Source: RFC 9111 section 4.4. */
export function changedGenerations(exchange: UnsafeExchange): string[] {
  const { origin, target, location, contentLocation } = exchange;
  const names = new Set([urlGeneration(target)]);
  for (const reference of [location, contentLocation]) {
    const changed = reference === undefined ? undefined : resolved(reference, `${origin}${target}`);
    if (changed && changed.origin === resolved('/', origin)?.origin)
      names.add(urlGeneration(changed.pathname));
  }
  return [...names];
}

function resolved(reference: string, base: string): URL | undefined {
  try {
    return new URL(reference, base);
  } catch {
    return undefined;
  }
}
