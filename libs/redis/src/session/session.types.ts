import type { SessionData } from 'express-session';
import type { FlashEntry } from './flash/flash-messages.js';

/** What the store itself keeps in a session. Other programs see an unknown key and leave it alone. */
export interface SessionMeta {
  /** When the session began, in milliseconds since the Unix epoch: start of the absolute timeout. */
  readonly createdAt: number;
  /** Epoch of the user in which the session began; written when it is entered into the user index. */
  readonly epoch?: number;
  /** Where a logged-in session began; see `session.perUser.device`. */
  readonly ip?: string;
  readonly userAgent?: string;
  /** True for `login({ remember: true })`: the session then lives by `session.rememberFor`. */
  readonly remembered?: true;
}

declare module 'express-session' {
  /** Kinds of flash messages and their types, for applications to declare. */
  // oxlint-disable-next-line typescript/no-empty-object-type -- filled by declaration merging
  interface FlashMessages {}

  interface SessionData {
    /** The user who is logged in; absent in an anonymous session. Written by `SessionService.login`. */
    userId?: string;
    /** When the user last proved who they are, in milliseconds since the Unix epoch. */
    authTime?: number;
    /** Messages for the next request; written by `flash`. */
    $flash?: readonly FlashEntry[];
    /** Written by the store; not for applications. */
    $meta?: SessionMeta;
  }
}

/** The application's part of a session: everything but the cookie and the store's own notes. */
export type SessionAttributes = Partial<Omit<SessionData, 'cookie' | '$meta' | '$flash'>> &
  Record<string, unknown>;

/** A session as stored: the cookie options and, beside them, the application's own keys. */
export interface SessionRecord {
  readonly cookie: StoredCookie;
  readonly $meta?: SessionMeta;
  readonly [key: string]: unknown;
}

/** The `cookie` object that express-session writes into every session. */
export interface StoredCookie {
  /** Idle time in milliseconds that this one session asked for; null for the store's default. */
  readonly originalMaxAge?: number | null;
  readonly expires?: string | null;
  readonly [option: string]: unknown;
}

/** Keys of a session that are not the application's to set. */
export const RESERVED_KEYS: ReadonlySet<string> = new Set([
  'cookie',
  '$meta',
  '$flash',
  '__proto__',
  // express-session drops these when it loads a session, since its own members bear the names
  'id',
  'req',
  'touch',
  'resetMaxAge',
  'save',
  'reload',
  'destroy',
  'regenerate',
  'constructor',
]);
