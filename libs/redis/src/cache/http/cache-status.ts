/** Name of this cache in Cache-Status. */
const CACHE = 'nestjs-redis-kit';

/** Why a request went on to the handler. Source: RFC 9211 section 2.2. */
export type ForwardReason =
  | 'bypass' | 'method' | 'miss' | 'partial' | 'request' | 'stale' | 'uri-miss' | 'vary-miss'; // prettier-ignore

/** How a request was handled. */
export type ServedAs =
  | {
      readonly kind: 'hit';
      /** Remaining lifetime; negative when it is served stale. */
      readonly ttlSeconds: number;
      readonly detail?: string;
      readonly key?: string;
    }
  | {
      readonly kind: 'forward';
      readonly reason: ForwardReason;
      /** Status of the handler's answer, where it is not that of the response: 304 after a validation. */
      readonly forwardStatus?: number;
      /** Lifetime of what was stored. */
      readonly ttlSeconds?: number;
      readonly isStored: boolean;
      /** True for a request that got the answer to another one; false for one that waited for it in vain. */
      readonly isCollapsed?: boolean;
      readonly detail?: string;
      readonly key?: string;
    };

/** The Cache-Status member of this cache. Source: RFC 9211 section 2. */
export function cacheStatus(served: ServedAs): string {
  const own = served.kind === 'hit' ? '; hit' : forwarded(served);
  const ttl = served.ttlSeconds === undefined ? '' : `; ttl=${Math.floor(served.ttlSeconds)}`;
  const flags = served.kind === 'hit' ? '' : flagsOf(served);
  const key = served.key === undefined ? '' : `; key=${sfString(served.key)}`;
  const detail = served.detail === undefined ? '' : `; detail=${tokenOrString(served.detail)}`;
  return `${CACHE}${own}${ttl}${flags}${key}${detail}`;
}

type Forwarded = Extract<ServedAs, { readonly kind: 'forward' }>;

function forwarded({ reason, forwardStatus }: Forwarded): string {
  return `; fwd=${reason}${forwardStatus === undefined ? '' : `; fwd-status=${forwardStatus}`}`;
}

function flagsOf({ isStored, isCollapsed }: Forwarded): string {
  const collapsed = isCollapsed ? '; collapsed' : '; collapsed=?0';
  return `${isStored ? '; stored' : ''}${isCollapsed === undefined ? '' : collapsed}`;
}

/** Source: RFC 9651 section 3.3.4. */
const TOKEN = /^[A-Za-z*][!#$%&'*+\-.^_`|~\w:/]*$/;

function tokenOrString(text: string): string {
  return TOKEN.test(text) ? text : sfString(text);
}

/** Printable ASCII in quotes; other characters as percent-encoded UTF-8. Source: RFC 9651 section 4.1.6. */
function sfString(text: string): string {
  const ascii = text.replaceAll(/[^\u0020-\u007e]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  );
  return `"${ascii.replaceAll(/["\\]/g, '\\$&')}"`;
}
