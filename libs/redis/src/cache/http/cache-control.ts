/** Directive name in lower case to its argument, or to `true` without one. */
export type Directives = ReadonlyMap<string, string | true>;

/** `token`, `token=token` or `token="quoted"`, up to the next comma. Source: RFC 9111 section 5.2, RFC 9110 section 5.6. */
const DIRECTIVE = /([!#$%&'*+\-.^_`|~\w]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^",\s]*)))?\s*(?:,|$)/g;

/** Reads a Cache-Control field. A directive that comes twice counts as its first. */
export function parseCacheControl(field: string | undefined): Directives {
  const directives = new Map<string, string | true>();
  for (const [, name = '', quoted, token] of (field ?? '').matchAll(DIRECTIVE)) {
    const key = name.toLowerCase();
    if (!directives.has(key)) directives.set(key, quoted?.replace(/\\(.)/g, '$1') ?? token ?? true);
  }
  return directives;
}

/**
 * The response's own freshness lifetime for a shared cache, in milliseconds; undefined when it names none.
 * Bad numbers count as stale at once. Source: RFC 9111 section 4.2.1.
 */
export function lifetimeMs(directives: Directives): number | undefined {
  const argument = directives.get('s-maxage') ?? directives.get('max-age');
  if (argument === undefined) return undefined;
  return typeof argument === 'string' && /^\d{1,9}$/.test(argument) ? Number(argument) * 1000 : 0;
}
