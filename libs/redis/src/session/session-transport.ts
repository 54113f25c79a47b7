import type { IncomingMessage } from 'node:http';
import type { Request, Response } from 'express';
import type { Session } from 'express-session';
import { sign, unsign } from 'cookie-signature';
import { LRUCache } from 'lru-cache';
import { systemClock } from '../common/clock.js';
import { clearingOptions, isSecureRequest } from './session-cookie.js';
import { SessionUndeliverableError } from './session.errors.js';
import { absoluteTimeLeftMs } from './session-lifetime.js';
import type { ResolvedSessionOptions } from './session.options.js';
import type { SessionRecord } from './session.types.js';

/** By which way a session id comes and goes. */
export type Carrier = 'cookie' | 'bearer';

/** A session id that a client sent, and that we signed. */
export interface Credential {
  readonly id: string;
  readonly carrier: Carrier;
  /** True when an older secret signed it. */
  readonly isOutdated: boolean;
}

/** The response header that tells a bearer client its new token. */
export const TOKEN_HEADER = 'X-Session-Token';

/** Cookies that need no HMAC when they come again. */
const MOST_REMEMBERED = 5000;

/** Cookies of the name in one request that are looked up. */
const MOST_TRIED = 3;

/** How session ids travel: in a cookie, in a header, never in a URL. */
export class SessionTransport {
  /** Cookies whose signature was found right. Nobody else's gets in, so none can be pushed out by guessing. */
  #verified: LRUCache<string, Credential> | undefined;

  constructor(private readonly options: ResolvedSessionOptions) {}

  /** What the request carries. Unsigned and wrongly signed ids are as good as none. */
  read(request: Pick<IncomingMessage, 'headers'>): Credential | undefined {
    return this.readAll(request)[0];
  }

  /** As `read`; with several cookies of the name all that are signed, at most three, since each costs a read. */
  readAll({ headers }: Pick<IncomingMessage, 'headers'>): readonly Credential[] {
    const { transport, bearerHeader, cookieName } = this.options;
    if (transport !== 'cookie') {
      const header = headers[bearerHeader];
      const token = typeof header === 'string' ? tokenIn(header, bearerHeader) : undefined;
      const credential = token === undefined ? undefined : this.#verify(token, 'bearer');
      if (credential) return [credential];
      if (transport === 'bearer') return [];
    }
    if (headers.cookie === undefined) return [];
    const found: Credential[] = [];
    for (const value of cookieValues(headers.cookie, cookieName)) {
      const credential = this.#verifyCookie(value);
      if (credential && found.push(credential) === MOST_TRIED) break;
    }
    return found;
  }

  /** How a new session reaches a client that has none. */
  get defaultCarrier(): Carrier {
    return this.options.transport === 'bearer' ? 'bearer' : 'cookie';
  }

  /** What a bearer client sends for the session with this id. As secret as the id. */
  tokenOf(id: string): string {
    return sign(id, this.options.secrets[0]);
  }

  /** Why a new session could not reach the client of this request, if so. */
  problem(request: Request, carrier: Carrier): SessionUndeliverableError | undefined {
    const { cookie, trustProxy } = this.options;
    if (carrier === 'bearer' || cookie.secure !== true) return undefined;
    if (isSecureRequest(request, trustProxy)) return undefined;
    return new SessionUndeliverableError(
      'its cookie is Secure, but the request came by plain HTTP. Behind a proxy that ends TLS, set ' +
        "`session.trustProxy: true` or Express' `trust proxy`; without TLS set `session.cookie.secure: 'auto'`.",
    );
  }

  /** Writes the id of a session into the head of the answer, which then is for nobody else. */
  send(response: Response, session: Session, carrier: Carrier): void {
    if (carrier === 'bearer') {
      response.setHeader(TOKEN_HEADER, this.tokenOf(session.id));
      return;
    }
    this.#limitCookie(session);
    const { cookie } = session as unknown as {
      cookie: { serialize(name: string, value: string): string };
    };
    const value = `s:${this.tokenOf(session.id)}`;
    this.#takeBack(response);
    response.appendHeader('Set-Cookie', cookie.serialize(this.options.cookieName, value));
  }

  /** A logout before a login in the same request: an answer names a cookie once (RFC 6265, section 4.1.1). */
  #takeBack(response: Response): void {
    const lines = [response.getHeader('Set-Cookie') ?? []].flat().map(String);
    const others = lines.filter((line) => !line.startsWith(`${this.options.cookieName}=`));
    if (others.length < lines.length) response.removeHeader('Set-Cookie');
    if (others.length > 0) response.setHeader('Set-Cookie', others);
  }

  /** Takes the cookie from the browser: by its own attributes, or browsers leave it. */
  clear(request: Request, response: Response): void {
    response.clearCookie(this.options.cookieName, clearingOptions(this.options, request));
  }

  /** No cookie outlives its session for certain: it ends with the absolute timeout at the latest. */
  #limitCookie(session: Session): void {
    const { cookie } = session;
    const own = cookie.originalMaxAge;
    if (typeof own !== 'number') return;
    const now = systemClock.now();
    const leftMs = absoluteTimeLeftMs(session as unknown as SessionRecord, this.options, now);
    const expires = new Date(now + Math.min(own, leftMs));
    cookie.expires = expires;
    // The setter of `expires` takes it for a new lifetime.
    cookie.originalMaxAge = own;
  }

  /** @param value as the browser sent it */
  #verifyCookie(value: string): Credential | undefined {
    const known = this.#verified?.get(value);
    if (known) return known;
    const text = decoded(value);
    const credential = text?.startsWith('s:') ? this.#verify(text.slice(2), 'cookie') : undefined;
    if (credential) {
      this.#verified ??= new LRUCache({ max: MOST_REMEMBERED });
      this.#verified.set(value, credential);
    }
    return credential;
  }

  #verify(value: string, carrier: Carrier): Credential | undefined {
    for (const [index, secret] of this.options.secrets.entries()) {
      const id = unsign(value, secret);
      if (id !== false && id !== '') return { id, carrier, isOutdated: index > 0 };
    }
    return undefined;
  }
}

/** The scheme is not case-sensitive (RFC 9110, section 11.1). */
function tokenIn(header: string, name: string): string | undefined {
  if (name !== 'authorization') return header;
  return /^bearer +(\S+) *$/i.exec(header)?.[1];
}

/** Every cookie of the name, still encoded: a subdomain can plant a second one beside ours. */
export function cookieValues(header: string, name: string): string[] {
  const values: string[] = [];
  if (!header.includes(name)) return values;
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    if (at < 0 || pair.slice(0, at).trim() !== name) continue;
    const value = pair.slice(at + 1).trim();
    values.push(value.startsWith('"') ? value.replace(/^"(.*)"$/, '$1') : value);
  }
  return values;
}

function decoded(value: string): string | undefined {
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined; // Not ours: we encode what we send.
  }
}
