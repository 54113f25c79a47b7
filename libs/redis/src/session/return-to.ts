/** Stands for "this site", whatever its name; `.invalid` never resolves. */
const HERE = 'http://here.invalid';

/**
 * The page to go back to after a login, if it lies on this site: a path as the browser would read it.
 * Anything else could send the user to a stranger's look-alike (`//evil.example`, `/\evil.example`).
 *
 * @param target what a request says, for example `req.query.returnTo`
 * @param fallback where to go otherwise
 */
export function safeReturnTo(target: unknown, fallback = '/'): string {
  if (typeof target !== 'string' || !target.startsWith('/') || !URL.canParse(target, HERE)) {
    return fallback;
  }
  const { origin, pathname, search, hash } = new URL(target, HERE);
  // `/.//evil.example` resolves to the path `//evil.example`, which as a link is another host.
  return origin === HERE && !pathname.startsWith('//') ? pathname + search + hash : fallback;
}
