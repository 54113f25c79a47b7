import { EventChannel } from '../diagnostics/channels.js';
import type { RevocationReason } from './session-ends.js';
import type { RiskSign } from './users/session-risks.js';

/** Names a session in events: no id can be found from a handle. */
interface SessionEvent {
  readonly handle: string;
}

/** A stored session was read for a request; `isDue`: its expiry is then pushed out, unless the route is @NoTouch. */
export const sessionLoaded = new EventChannel<SessionEvent & { readonly isDue: boolean }>(
  'nestjs-redis-kit:session:loaded',
);

/** A session was written; `tries` above 1 means that other writers came in between. */
export const sessionSaved = new EventChannel<
  SessionEvent & { readonly isNew: boolean; readonly bytes: number; readonly tries: number }
>('nestjs-redis-kit:session:saved');

/** Another writer was faster; the two changes are merged and written again. */
export const sessionConflict = new EventChannel<SessionEvent & { readonly tries: number }>(
  'nestjs-redis-kit:session:conflict',
);

/** The expiry of a session was pushed out: it has its full idle time again. */
export const sessionRenewed = new EventChannel<SessionEvent>('nestjs-redis-kit:session:renewed');

/** A save came after logout, revoke or expiry and was dropped, so that the session stays ended. */
export const sessionRefused = new EventChannel<SessionEvent>('nestjs-redis-kit:session:refused');

/** A session draws near to `session.maxBytes`; above it a save is refused. */
export const sessionLarge = new EventChannel<
  SessionEvent & { readonly bytes: number; readonly maxBytes: number }
>('nestjs-redis-kit:session:large');

/** A save of a session above `session.maxBytes`, which was refused. */
export const sessionTooLarge = new EventChannel<
  SessionEvent & { readonly bytes: number; readonly maxBytes: number }
>('nestjs-redis-kit:session:too-large');

/** A login that was refused because its user has the most sessions that `session.perUser.max` allows. */
export const sessionLimit = new EventChannel<{ readonly userId: string; readonly max: number }>(
  'nestjs-redis-kit:session:limit',
);

/** What is stored is no session; the request goes on as an anonymous one. */
export const sessionCorrupt = new EventChannel<SessionEvent & { readonly reason: string }>(
  'nestjs-redis-kit:session:corrupt',
);

/** Redis failed, gave no answer within the deadline, or a session was changed by others at each try to save it. */
export const sessionUnavailable = new EventChannel<{
  readonly operation: string;
  readonly error: Error;
}>('nestjs-redis-kit:session:unavailable');

/** A request was refused that another site's page may have sent. */
export const csrfRefused = new EventChannel<{
  readonly reason: 'origin' | 'missing' | 'invalid';
}>('nestjs-redis-kit:session:csrf-refused');

/** What every event of a session's life says. */
export interface SessionLifeEvent extends SessionEvent {
  /** The user who was logged in; undefined for an anonymous session. */
  readonly userId: string | undefined;
  /** False when another node did it and told this one (`session.shareEvents`). */
  readonly isLocal: boolean;
}

/** The events of a session's life, by name. */
export interface SessionLifeEvents {
  /** A session was stored for the first time. */
  readonly created: SessionLifeEvent;
  /** A session took the place of another one: a login, or a new id. */
  readonly regenerated: SessionLifeEvent & { readonly previousHandle: string };
  /** A session was ended by logout or by its id. */
  readonly destroyed: SessionLifeEvent;
  /** Redis let a session expire; needs `session.expiryEvents`. One node reports it, once. */
  readonly expired: SessionLifeEvent;
  /** A session was ended from outside: one of a list, all of a user, or the oldest of too many. */
  readonly revoked: SessionLifeEvent & { readonly reason: RevocationReason };
  /** Somebody else may have the session; it goes on. Each sign is reported once per session and process. */
  readonly risk: SessionLifeEvent & { readonly sign: RiskSign };
}

/** Names of the events in the life of a session, for `SessionEvents.on`. */
export type SessionLifeEventName = keyof SessionLifeEvents;

/** What this node did; events that other nodes told it are not among them. */
export const sessionLife: {
  readonly [Name in SessionLifeEventName]: EventChannel<SessionLifeEvents[Name]>;
} = {
  created: new EventChannel('nestjs-redis-kit:session:created'),
  regenerated: new EventChannel('nestjs-redis-kit:session:regenerated'),
  destroyed: new EventChannel('nestjs-redis-kit:session:destroyed'),
  expired: new EventChannel('nestjs-redis-kit:session:expired'),
  revoked: new EventChannel('nestjs-redis-kit:session:revoked'),
  risk: new EventChannel('nestjs-redis-kit:session:risk'),
};
