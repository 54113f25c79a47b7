import type { Request } from 'express';
import expressSession, { type Session, type SessionData } from 'express-session';
import { sessionFailure, sessionRequestOf } from './session-request.js';

/** express-session has these as classes, and hides their constructors in its types. */
const { Cookie, Session: ExpressSession } = expressSession as unknown as {
  readonly Cookie: new (options: object) => SessionData['cookie'];
  readonly Session: new (request: object, data?: object) => Session & SessionData;
};

/** `req.session`: that of express-session, and the client hears of its end. */
class RequestSession extends ExpressSession {
  /** Ends it for this request at once, and in Redis before the callback; the answer then clears the cookie. */
  override destroy(callback?: (error: unknown) => void): this {
    const { req } = this as unknown as { readonly req: Request };
    // This one is empty and stands for another, which lives on though Redis may be back.
    const failure = sessionFailure(req);
    if (failure) {
      process.nextTick(() => callback?.(failure));
      return this;
    }
    super.destroy((error: unknown) => {
      // While Redis is down the cookie stays, so that the user can try again.
      if (!error) sessionRequestOf(req).hasEnded = true;
      callback?.(error);
    });
    return this;
  }
}

/** An empty session for the request's `sessionID`. @param cookie its options */
export function newSession(request: Request, cookie: object): Session & SessionData {
  const session = new RequestSession(request);
  session.cookie = new Cookie(cookie);
  return session;
}

/** The session of stored data, as `Store.createSession` of express-session makes it. */
export function storedSession(request: Request, data: SessionData): Session & SessionData {
  const { expires, originalMaxAge } = data.cookie;
  const cookie = new Cookie(data.cookie);
  if (typeof expires === 'string') cookie.expires = new Date(expires);
  // The setter of `expires` takes it for a new lifetime.
  cookie.originalMaxAge = originalMaxAge;
  data.cookie = cookie;
  return new RequestSession(request, data);
}
