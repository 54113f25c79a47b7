import { EventChannel } from '../diagnostics/channels.js';

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

/** A save came after logout, revoke or expiry and was dropped, so that the session stays ended. */
export const sessionRefused = new EventChannel<SessionEvent>('nestjs-redis-kit:session:refused');

/** A session draws near to `session.maxBytes`; above it a save is refused. */
export const sessionLarge = new EventChannel<
  SessionEvent & { readonly bytes: number; readonly maxBytes: number }
>('nestjs-redis-kit:session:large');

/** What is stored is no session; the request goes on as an anonymous one. */
export const sessionCorrupt = new EventChannel<SessionEvent & { readonly reason: string }>(
  'nestjs-redis-kit:session:corrupt',
);

/** Redis failed, or gave no answer within the deadline. */
export const sessionUnavailable = new EventChannel<{
  readonly operation: string;
  readonly error: Error;
}>('nestjs-redis-kit:session:unavailable');
