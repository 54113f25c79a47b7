import type { Duration } from '../common/duration.js';

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

/** Options of `RedisModule.forRoot({ session })`. */
export interface SessionOptions {
  /**
   * Signs the cookie; at least 32 characters. To rotate, put the new one first: the first signs,
   * all verify. Whoever has it can forge cookies for ids that they know.
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
  readonly cookie?: SessionCookieOptions;
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
   * a guarded route answers 503 and a public one goes on without a session.
   */
  readonly deadline?: Duration;
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
  readonly renewBelow: number;
  readonly cookieName: string;
  readonly cookie: ResolvedSessionCookie;
  readonly trustProxy: boolean | undefined;
  readonly mount: boolean;
  readonly loginUrl: string | undefined;
  readonly deadlineMs: number;
}
