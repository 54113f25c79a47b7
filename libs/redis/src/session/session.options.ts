import type { Cipher, CipherKey } from '../common/cipher.js';
import type { Duration } from '../common/duration.js';
import type { CsrfOptions, ResolvedCsrfOptions } from './csrf/csrf.options.js';
import type { ResolvedSessionSockets, SessionSocketsOptions } from './sockets/sockets.options.js';
import type { StandardSchema } from './standard-schema.js';

/** Kinds of data that a site may ask a browser to forget. */
export type SiteData = 'cache' | 'cookies' | 'storage' | 'executionContexts' | '*';

/** The cookie that carries the signed session id. */
export interface SessionCookieOptions {
  /**
   * Default `__Host-sid` where the cookie is always Secure, has path `/` and no domain (the default
   * in production), else `sid`. Services that share sessions need the same name.
   */
  readonly name?: string;
  /**
   * Default true when NODE_ENV is `production`, else `'auto'`: Secure on HTTPS requests only. With
   * true, no cookie is sent over plain HTTP, so behind a TLS proxy set `trustProxy` too.
   */
  readonly secure?: boolean | 'auto';
  /** Default `'lax'`: sent on top-level navigation from other sites, not with their forms or frames. */
  readonly sameSite?: 'lax' | 'strict' | 'none';
  /**
   * How long the browser keeps the cookie. Default: until the browser is closed. When set, the cookie
   * is renewed together with the session, so it must be at least `idleTimeout`. It never ends a
   * session: that is what `idleTimeout` and `absoluteTimeout` do.
   */
  readonly maxAge?: Duration;
  /** Default `'/'`. Routes outside have no session. */
  readonly path?: string;
  /** Default none: the cookie goes to this very host only. A domain shares it with all subdomains. */
  readonly domain?: string;
  /** Default true: scripts of the page cannot read the id. */
  readonly httpOnly?: boolean;
  /** Default false. True gives a frame a cookie per embedding site (CHIPS); needs `secure: true`. */
  readonly partitioned?: boolean;
}

/** The sessions of one user. */
export interface SessionsPerUserOptions {
  /** Most sessions of a user at a time, from 1 to 1000. Default 1000, which keeps the user's index small. */
  readonly max?: number;
  /**
   * What a login does when there are `max`. Default `'drop-oldest'`: the session that began first is ended.
   * `'refuse-newest'`: the login fails with SessionLimitError (409).
   */
  readonly policy?: 'drop-oldest' | 'refuse-newest';
  /**
   * Default true: address and user agent of the request that began a session are stored in it, for the
   * user's list. False where that is too much personal data.
   */
  readonly device?: boolean;
}

/** How expired sessions are found. */
export interface ExpiryEventsOptions {
  /** Pause between two rounds of a node, so an expiry is reported about this much later. Default `'10s'`. */
  readonly interval?: Duration;
}

/**
 * Joins two changes of one key. Pure: it may run again when others save in between.
 *
 * @param base the value that our change started from; undefined for none
 * @param theirs what is stored now
 * @param ours what this request wants to store
 * @returns what to store; undefined to remove the key
 */
export type SessionMerger = (base: unknown, theirs: unknown, ours: unknown) => unknown;

/** Mergers by key of the session. */
export type SessionMergers = Readonly<Record<string, SessionMerger>>;

/** Encryption of stored sessions. */
export interface SessionEncryptionOptions {
  /** The first encrypts, all decrypt. Give every process a new key as the second before it becomes the first. */
  readonly keys: readonly CipherKey[];
  /**
   * True reads sessions that were stored before encryption, and encrypts them when they are saved.
   * Default false: they are no sessions. Whoever can write to Redis can then forge none.
   */
  readonly migrate?: boolean;
}

/** Options of `RedisModule.forRoot({ session })`. */
export interface SessionOptions {
  /**
   * Signs the cookie; at least 32 characters. To rotate, put the new one first: the first signs,
   * all verify, and a cookie of an older one is signed anew. Whoever has it can forge cookies for ids
   * that they know.
   */
  readonly secret: string | readonly string[] | undefined;
  /** Name of the configured connection that stores the sessions. Default `'default'`. */
  readonly connection?: string;
  /** Start of every session key. Default `'sess:'`, as in connect-redis. */
  readonly prefix?: string;
  /**
   * A session ends after this time without a request. Default `'30m'`. A session whose
   * `req.session.cookie.maxAge` was set by the application lives by that instead.
   */
  readonly idleTimeout?: Duration;
  /**
   * A session ends this long after it began, whatever happens in it; a login begins a new one.
   * Default `'12h'`; false for no limit. A session that another program began counts from the first
   * time it is saved here.
   */
  readonly absoluteTimeout?: Duration | false;
  /**
   * The expiry in Redis is pushed out when less than this fraction of the idle timeout is left, from
   * above 0 to 1. Default 0.9: a busy session costs one renewal per tenth of its idle timeout.
   */
  readonly renewBelow?: number;
  /**
   * How long a session of `login(request, id, { remember: true })` lives: its cookie outlasts the
   * browser, it has no idle timeout, and it ends this long after the login. Default `'30d'`.
   */
  readonly rememberFor?: Duration;
  /**
   * How long the reason is remembered for which a session was revoked, so that its client can be told. Default
   * `'30s'`, at most `'7d'`; each such session then leaves some 150 bytes in Redis for so long.
   */
  readonly rememberEnds?: Duration;
  /**
   * What a logout asks the browser to forget, beside the cookie of the session: `Clear-Site-Data` (W3C), which browsers
   * heed over HTTPS only. `'cookies'` takes those of all subdomains; `'cache'` may take a browser seconds. Default none.
   */
  readonly clearSiteData?: readonly SiteData[];
  readonly cookie?: SessionCookieOptions;
  /**
   * How clients carry the session. Default `'cookie'`. `'bearer'`: in a header, for API and mobile
   * clients. `'both'`: whichever comes, the header first; a login chooses by its option `transport`.
   */
  readonly transport?: 'cookie' | 'bearer' | 'both';
  /**
   * The header of `transport: 'bearer'`. Default `'authorization'`, with the scheme `Bearer` (RFC 6750).
   * Any other header carries the bare token.
   */
  readonly bearerHeader?: string;
  /**
   * How to join two changes of one key, for what is more than one value: a counter, a list, a cart.
   * Default none: the last one to save a key wins. See `mergeCounter`, `mergeList`, `mergeCounts`.
   */
  readonly mergers?: SessionMergers;
  /** Largest session in bytes of JSON. Default 262,144 (256 KiB). From 80 % on a save is an event; above it, an error. */
  readonly maxBytes?: number;
  /**
   * True stores sessions under the SHA-256 of their ids, so that a dump of Redis opens none. Default
   * false, since plain connect-redis applications cannot share them. `'migrate'` also reads sessions
   * stored before, for one more round trip where there is no session.
   */
  readonly hashIds?: boolean | 'migrate';
  /** Encrypts stored sessions by AES-256-GCM. Default false, since plain connect-redis applications cannot read them. */
  readonly encryption?: SessionEncryptionOptions | false;
  /**
   * A Standard Schema (zod, valibot, arktype) that a loaded session must fit; otherwise it is an
   * anonymous session and an event. It only checks: what it transforms or strips stays as stored.
   */
  readonly schema?: StandardSchema;
  /**
   * True when a reverse proxy sets `X-Forwarded-Proto`: HTTPS is then what that header says. Default:
   * Express' own `trust proxy` setting decides. True without such a proxy lets clients lie.
   */
  readonly trustProxy?: boolean;
  /**
   * Default true: the module mounts the sessions on every route. False to do it by hand:
   * `app.use(app.get(SessionMiddleware).handler)`.
   */
  readonly mount?: boolean;
  /**
   * Where `SessionGuard` sends a browser that is not logged in, with `?returnTo=` the page it wanted.
   * Default none: it answers 401. API clients always get 401.
   */
  readonly loginUrl?: string;
  /**
   * Longest wait of one session operation for Redis. Default `'3s'`, to outlast a short failover. After it
   * a guarded route answers 503 and a public one goes on without a session. After three failures in a row they
   * do so at once, until Redis answers a PING.
   */
  readonly deadline?: Duration;
  /**
   * A login, a new id and a revocation count only once so many replicas have them, so that no failover loses them.
   * Too few in time: the login answers 503 and leaves no session. Default none. Not on a Cluster. Without any
   * replica it does nothing, and a warning at start says so.
   */
  readonly waitForReplicas?: WaitForReplicasOptions;
  /**
   * Origins beside the application's own whose pages may send forms and open sockets, such as
   * `['https://shop.example.com']`. Default none.
   */
  readonly trustedOrigins?: readonly string[];
  /** Where CSRF tokens are looked for; they are checked where `CsrfGuard` is. */
  readonly csrf?: CsrfOptions;
  readonly sockets?: SessionSocketsOptions;
  readonly perUser?: SessionsPerUserOptions;
  /**
   * Default false. True reports every session that Redis lets expire, once, by one node, as event `expired` of
   * `SessionEvents`. It costs one command per new session and a look at each session per idle timeout.
   */
  readonly expiryEvents?: boolean | ExpiryEventsOptions;
  /**
   * Default false. True sends session events to the listeners on all nodes, by Redis pub/sub: one may be lost while
   * a node reconnects.
   */
  readonly shareEvents?: boolean;
}

export interface WaitForReplicasOptions {
  /** At least 1, at most as many as the primary has. */
  readonly count: number;
  /** Longest wait for them, from `'10ms'` to `'10s'`. Default `'1s'`; twice that where many log in at once. */
  readonly timeout?: Duration;
}

/** Cookie options after the defaults; `name` is beside them in `ResolvedSessionOptions`. */
export interface ResolvedSessionCookie {
  readonly secure: boolean | 'auto';
  readonly sameSite: 'lax' | 'strict' | 'none';
  readonly path: string;
  readonly httpOnly: boolean;
  readonly maxAge?: number;
  readonly domain?: string;
  readonly partitioned?: boolean;
}

/** Session options after checks and defaults; durations in milliseconds. */
export interface ResolvedSessionOptions {
  readonly secrets: readonly [string, ...string[]];
  readonly connection: string;
  readonly prefix: string;
  readonly idleTimeoutMs: number;
  /** Undefined: no limit. */
  readonly absoluteTimeoutMs: number | undefined;
  readonly rememberForMs: number;
  readonly renewBelow: number;
  readonly rememberEndsMs: number;
  /** The header as it goes out. */
  readonly clearSiteData: string | undefined;
  readonly transport: 'cookie' | 'bearer' | 'both';
  /** In lower case. */
  readonly bearerHeader: string;
  readonly mergers: SessionMergers;
  readonly maxBytes: number;
  readonly hashIds: boolean | 'migrate';
  readonly cipher: Cipher | undefined;
  /** False when only encrypted sessions are sessions. */
  readonly readsPlain: boolean;
  readonly schema: StandardSchema | undefined;
  readonly cookieName: string;
  readonly cookie: ResolvedSessionCookie;
  readonly trustProxy: boolean | undefined;
  readonly mount: boolean;
  readonly loginUrl: string | undefined;
  readonly deadlineMs: number;
  readonly waitForReplicas: ResolvedWaitForReplicas | undefined;
  readonly trustedOrigins: readonly string[];
  readonly csrf: ResolvedCsrfOptions;
  readonly sockets: ResolvedSessionSockets;
  readonly perUser: ResolvedSessionsPerUser;
  /** Pause between two rounds of the sweeper; undefined: none. */
  readonly sweepIntervalMs: number | undefined;
  readonly shareEvents: boolean;
}

export interface ResolvedWaitForReplicas {
  readonly count: number;
  readonly timeoutMs: number;
}

export type ResolvedSessionsPerUser = Required<SessionsPerUserOptions>;
