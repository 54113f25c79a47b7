import { cacheControlOf, parseCacheControl, type CacheControl } from './cache-control.js';

type Headers = ReadonlyMap<string, string | readonly string[]>;

/** What tells the cache how to treat a response. */
export interface CachePolicyField {
  readonly directives: CacheControl;
  /** True when it came from a targeted field: Expires does not count then. */
  readonly isTargeted: boolean;
}

/**
 * The directives of the first field in the list that is there, parses and is not empty; else those
 * of Cache-Control. Source: RFC 9213 section 2.2.
 *
 * @param targeted names of targeted fields, most applicable first
 */
export function policyField(headers: Headers, targeted: readonly string[]): CachePolicyField {
  for (const name of targeted) {
    const directives = parseTargeted(headers.get(name.toLowerCase()));
    if (directives) return { directives, isTargeted: true };
  }
  return { directives: parseCacheControl(headers.get('cache-control')), isTargeted: false };
}

const KEY = '[a-z*][a-z0-9_\\-.*]*';
const BARE_ITEM = [
  '-?\\d{1,12}\\.\\d{1,3}',
  '-?\\d{1,15}',
  '@-?\\d{1,15}',
  '"(?:[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\["\\\\])*"',
  '%"(?:[\\x20\\x21\\x23\\x24\\x26-\\x7e]|%[0-9a-f]{2})*"',
  "[A-Za-z*][!#$%&'*+\\-.^_`|~\\w:/]*",
  ':[A-Za-z0-9+/=]*:',
  '\\?[01]',
].join('|');
const PARAMETERS = `(?:; *${KEY}(?:=(?:${BARE_ITEM}))?)*`;
const ITEM = `(?:${BARE_ITEM})${PARAMETERS}`;
const INNER_LIST = `\\( *(?:${ITEM}(?: +${ITEM})* *)?\\)`;
const MEMBER = new RegExp(`(${KEY})(?:=(${BARE_ITEM}|${INNER_LIST}))?${PARAMETERS}`, 'y');
const COMMA = /[ \t]*,[ \t]*/y;

/**
 * Reads a targeted field, a Dictionary of RFC 9651 section 3.2; undefined when it is absent, empty or
 * does not parse: it then counts as absent. Source: RFC 9213 section 2.1.
 */
export function parseTargeted(
  field: string | readonly string[] | undefined,
): CacheControl | undefined {
  const lines = typeof field === 'string' ? [field] : (field ?? []);
  const text = lines.join(', ').trim();
  const directives = new Map<string, (string | undefined)[]>();
  for (let position = 0; position < text.length;) {
    MEMBER.lastIndex = position;
    const match = MEMBER.exec(text);
    if (!match) return undefined;
    add(directives, match);
    position = MEMBER.lastIndex;
    if (position === text.length) return cacheControlOf(directives, false);
    COMMA.lastIndex = position;
    if (!COMMA.test(text)) return undefined;
    position = COMMA.lastIndex;
  }
  return undefined;
}

/** Of a key that comes twice the last counts (RFC 9651 section 4.2.2); false means that it is not there. */
function add(
  directives: Map<string, (string | undefined)[]>,
  [, name = '', value]: readonly (string | undefined)[],
): void {
  if (value === '?0') directives.delete(name);
  else
    directives.set(name, [
      value === undefined || value === '?1' ? undefined : argument(name, value),
    ]);
}

/** A length has to be an Integer, and a list of field names a String; other types make it invalid, not convertible. */
function argument(name: string, value: string): string | undefined {
  if (name !== 'private' && name !== 'no-cache') return value;
  return value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : undefined;
}
