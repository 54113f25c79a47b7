/** A Cache-Control field, read. Directive names are given in lower case. Source: RFC 9111 section 5.2. */
export interface CacheControl {
  /** True when the directive is there, with or without an argument. */
  has(name: string): boolean;
  /** True when the directive is there and no occurrence of it has an argument. */
  isBare(name: string): boolean;
  /**
   * Its delta-seconds in milliseconds: undefined when absent, 0 when it is no non-negative integer
   * (stale at once, RFC 9111 section 4.2.1), at most 2^31 seconds (section 1.2.2).
   */
  durationMs(name: string): number | undefined;
  /**
   * The field names of `private="a, b"` or `no-cache="a"` in lower case; empty when the directive
   * counts for the whole response; undefined when absent.
   */
  fields(name: string): readonly string[] | undefined;
  /** True when some part broke the grammar. A response is then not stored: the part may have forbidden it. */
  readonly isMalformed: boolean;
}

/** The arguments of each directive in order; undefined for an occurrence without one. */
export type Arguments = ReadonlyMap<string, readonly (string | undefined)[]>;

/** One list element: empty, `token`, `token=token` or `token="quoted"`. Source: RFC 9110 sections 5.6.1 to 5.6.4. */
const ELEMENT =
  /[ \t]*(?:([!#$%&'*+\-.^_`|~\w]+)(?:=(?:"((?:[\t \u0021\u0023-\u005b\u005d-\u007e\u0080-\u00ff]|\\[\t \u0021-\u007e\u0080-\u00ff])*)"|([!#$%&'*+\-.^_`|~\w]+)))?[ \t]*)?(?:,|$)/y;

const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/;

/** Stands for infinity. Source: RFC 9111 section 1.2.2. */
const LONGEST_SECONDS = 2 ** 31;

/** Of these the larger argument is the stricter one. */
const STRICTER_IF_LARGER: ReadonlySet<string> = new Set(['min-fresh']);

/**
 * Reads a Cache-Control field, given as one line or several. Both forms of an argument count, and
 * of a directive that comes twice the strictest reading does: RFC 9111 section 4.2.1 has the
 * choice between the first and "stale", and the most restrictive where directives conflict.
 */
export function parseCacheControl(field: string | readonly string[] | undefined): CacheControl {
  const text = typeof field === 'string' ? field : (field ?? []).join(', ');
  const directives = new Map<string, (string | undefined)[]>();
  let isMalformed = false;
  let position = 0;
  while (position < text.length) {
    ELEMENT.lastIndex = position;
    const match = ELEMENT.exec(text);
    if (match) add(directives, match);
    else isMalformed = true;
    position = match ? ELEMENT.lastIndex : afterComma(text, position);
  }
  return cacheControlOf(directives, isMalformed);
}

function add(
  directives: Map<string, (string | undefined)[]>,
  [, name, quoted, token]: readonly (string | undefined)[],
): void {
  if (name === undefined) return;
  const key = name.toLowerCase();
  const known = directives.get(key) ?? [];
  known.push(quoted?.replaceAll(/\\(.)/g, '$1') ?? token);
  directives.set(key, known);
}

/** Reading goes on behind the broken part, so that a `no-store` in a request still counts. */
function afterComma(text: string, from: number): number {
  const comma = text.indexOf(',', from);
  return comma === -1 ? text.length : comma + 1;
}

/** Also for fields with another grammar but the same directives: see `targeted.ts`. */
export function cacheControlOf(directives: Arguments, isMalformed: boolean): CacheControl {
  return {
    isMalformed,
    has: (name) => directives.has(name),
    isBare: (name) => directives.get(name)?.every((argument) => argument === undefined) ?? false,
    durationMs(name) {
      const given = directives.get(name)?.map(milliseconds);
      if (given === undefined) return undefined;
      return STRICTER_IF_LARGER.has(name) ? Math.max(...given) : Math.min(...given);
    },
    fields: (name) => fieldNames(directives.get(name)),
  };
}

function milliseconds(argument: string | undefined): number {
  if (argument === undefined || !/^\d+$/.test(argument)) return 0;
  return Math.min(Number(argument), LONGEST_SECONDS) * 1000;
}

/** One occurrence without names, or with something else than names, makes the directive count for the whole response. */
function fieldNames(
  occurrences: readonly (string | undefined)[] | undefined,
): readonly string[] | undefined {
  if (occurrences === undefined) return undefined;
  const names = new Set<string>();
  for (const argument of occurrences) {
    const listed = (argument ?? '').split(',').map((name) => name.trim().toLowerCase());
    const given = listed.filter((name) => name !== '');
    if (given.length === 0 || !given.every((name) => TOKEN.test(name))) return [];
    for (const name of given) names.add(name);
  }
  return [...names];
}
