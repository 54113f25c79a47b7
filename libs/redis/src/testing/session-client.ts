import type { INestApplication } from '@nestjs/common';
import { SessionService } from '../session/session.service.js';
import type { NewSession } from '../session/session.service.js';

/** Makes HTTP clients of an application, logged in or not. */
export interface SessionClients {
  /**
   * A client with a session of this user, as after a login. The session is in Redis, and in the user's list.
   *
   * @param session what else is in it, such as `{ data: { cart: { tea: 1 } } }`
   */
  as(userId: string, session?: Omit<NewSession, 'userId'>): Promise<SessionClient>;
  /** A client without a session, such as for the login itself. */
  anonymous(): Promise<SessionClient>;
}

/**
 * HTTP clients for tests of guarded routes: `await (await sessionClient(app).as('user-1')).get('/profile')`. An application
 * that does not listen yet is made to, on a free loopback port.
 *
 * @throws RedisKitError `SESSIONS_NOT_CONFIGURED` by `as`, where the module has no option `session`
 */
export function sessionClient(app: INestApplication): SessionClients {
  return {
    anonymous: async () => new SessionClient(await urlOf(app)),
    as: async (userId, session = {}) => {
      const sessions = app.get(SessionService, { strict: false });
      const { id } = await sessions.create({ ...session, userId });
      return new SessionClient(await urlOf(app), sessions.cookieFor(id));
    },
  };
}

/** One browser, or one script: keeps the cookies that the application sets, and sends them. */
export class SessionClient {
  readonly #cookies = new Map<string, string>();

  constructor(
    /** Where the application listens, such as `http://127.0.0.1:38213`. */
    readonly url: string,
    cookie = '',
  ) {
    if (cookie !== '') this.#keep([cookie]);
  }

  /** The header Cookie of the next request. */
  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  get(path: string, init?: RequestInit): Promise<Response> {
    return this.request('GET', path, init);
  }

  /** @param body sent as JSON; undefined for none */
  post(path: string, body?: unknown, init?: RequestInit): Promise<Response> {
    return this.request('POST', path, withJson(body, init));
  }

  /** @param body sent as JSON; undefined for none */
  put(path: string, body?: unknown, init?: RequestInit): Promise<Response> {
    return this.request('PUT', path, withJson(body, init));
  }

  /** @param body sent as JSON; undefined for none */
  patch(path: string, body?: unknown, init?: RequestInit): Promise<Response> {
    return this.request('PATCH', path, withJson(body, init));
  }

  delete(path: string, init?: RequestInit): Promise<Response> {
    return this.request('DELETE', path, init);
  }

  /** Sends a request and takes in the cookies of the answer. Redirects are not followed. */
  async request(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.#cookies.size > 0) headers.set('cookie', this.cookie);
    const response = await fetch(this.url + path, {
      redirect: 'manual',
      ...init,
      method,
      headers,
    });
    this.#keep(response.headers.getSetCookie());
    return response;
  }

  #keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(';');
      const at = pair.indexOf('=');
      const name = pair.slice(0, at).trim();
      if (attributes.some(isOver)) this.#cookies.delete(name);
      else this.#cookies.set(name, pair.slice(at + 1).trim());
    }
  }
}

/** Source: RFC 6265 section 5.3: a cookie whose expiry is past is removed. */
function isOver(attribute: string): boolean {
  const [name = '', value = ''] = attribute.trim().split('=');
  if (name.toLowerCase() === 'max-age') return Number(value) <= 0;
  return name.toLowerCase() === 'expires' && Date.parse(value) <= Date.now();
}

function withJson(body: unknown, init: RequestInit = {}): RequestInit {
  if (body === undefined) return init;
  const headers = new Headers(init.headers);
  headers.set('content-type', 'application/json');
  return { ...init, headers, body: JSON.stringify(body) };
}

async function urlOf(app: INestApplication): Promise<string> {
  const server = app.getHttpServer() as { readonly listening: boolean };
  if (!server.listening) await app.listen(0, '127.0.0.1');
  return (await app.getUrl()).replace('[::1]', '127.0.0.1');
}
