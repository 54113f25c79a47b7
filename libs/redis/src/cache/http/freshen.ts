import type { HeaderList } from './stored-response.js';

/**
 * Fields that a validation never changes. Content-Length and those that describe the stored bytes
 * (RFC 9111 section 3.2); those of one connection or of a proxy (section 3.1); Set-Cookie is for one
 * visitor; Age is reckoned anew.
 */
const NEVER_UPDATED: ReadonlySet<string> = new Set([
  'age', 'connection', 'content-encoding', 'content-length', 'content-range', 'keep-alive',
  'proxy-authenticate', 'proxy-authentication-info', 'proxy-authorization', 'proxy-connection',
  'set-cookie', 'te', 'trailer', 'transfer-encoding', 'upgrade',
]); // prettier-ignore

/**
 * The stored header list after a validation: each field of the update replaces the stored one or is
 * added. A stored ETag stays: one that matches is the same or its weaker form.
 * Source: RFC 9111 sections 3.2 and 4.3.4.
 */
export function freshenHeaders(stored: HeaderList, update: HeaderList): HeaderList {
  const ofConnection = new Set(connectionNames(update));
  const hasTag = stored.some(([name]) => name === 'etag');
  const news = new Map(
    update.filter(
      ([name]) =>
        !NEVER_UPDATED.has(name) && !ofConnection.has(name) && !(hasTag && name === 'etag'),
    ),
  );
  const kept = stored.filter(([name]) => !news.has(name));
  return [...kept, ...news];
}

/** The fields that Connection names belong to it. Source: RFC 9110 section 7.6.1. */
function connectionNames(headers: HeaderList): string[] {
  const value = headers.find(([name]) => name === 'connection')?.[1] ?? [];
  return [value].flat().flatMap((line) => line.split(',').map((name) => name.trim().toLowerCase()));
}

/**
 * True when a 304 with these fields speaks of the stored response: by a strong validator, which has
 * to be the same, else by a weak one, else because neither side has any. Source: RFC 9111 section 4.3.4.
 */
export function identifies(update: HeaderList, stored: HeaderList): boolean {
  const [newTag, oldTag] = [fieldOf(update, 'etag'), fieldOf(stored, 'etag')];
  if (newTag !== undefined) return oldTag !== undefined && matches(newTag, oldTag);
  const [newDate, oldDate] = [fieldOf(update, 'last-modified'), fieldOf(stored, 'last-modified')];
  if (newDate !== undefined) return newDate === oldDate;
  return oldTag === undefined && oldDate === undefined;
}

function matches(newTag: string, oldTag: string): boolean {
  if (!newTag.startsWith('W/')) return newTag === oldTag;
  return newTag.slice(2) === oldTag.replace(/^W\//, '');
}

function fieldOf(headers: HeaderList, name: string): string | undefined {
  const value = headers.find(([known]) => known === name)?.[1];
  return typeof value === 'string' ? value : value?.[0];
}
