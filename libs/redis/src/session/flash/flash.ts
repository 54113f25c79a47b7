import { randomBytes } from 'node:crypto';
import type { Request } from 'express';
import { isLazy } from '../lazy-session.js';
import { sessionNotMounted } from '../session.errors.js';
import type { RedisSessionStore } from '../session.store.js';
import { recordIn } from '../session-tracker.js';
import type { SessionRecord } from '../session.types.js';
import {
  FLASH_KEY,
  bagOf,
  entriesOf,
  missingFrom,
  newest,
  type FlashBag,
  type FlashEntry,
  type FlashKind,
  type FlashMessage,
} from './flash-messages.js';

const ID_BYTES = 9;

/**
 * Leaves a message for the next request of this session, such as the page after a redirect. It is stored with the
 * session before the answer goes out, and begins a session where there is none. It survives `login`,
 * `rotate` and `reauthenticated`, not `logout`; after a logout in the same request it begins a new one. At most 20
 * wait: where no page shows them, the oldest go.
 *
 * @param message plain data, as everything in a session
 * @throws RedisKitError `SESSION_NOT_MOUNTED`
 */
export function flash<Kind extends FlashKind>(
  request: Request,
  kind: Kind,
  message: FlashMessage<Kind>,
): void {
  if (!request.sessionStore) throw sessionNotMounted();
  if (!request.session) (request.sessionStore as unknown as RedisSessionStore).generate(request);
  const { session } = request;
  const id = randomBytes(ID_BYTES).toString('base64url');
  session.$flash = newest([...entriesOf(session.$flash), { id, kind, message }]);
}

/**
 * Takes the messages that earlier requests left. Each goes to one request, however many ask at once on however many
 * nodes: they are taken out of Redis before this resolves, in one round trip. Without messages it
 * costs none. What this request itself leaves is for the next one. A HEAD request gets the messages and leaves them
 * where they are, since nobody sees its page (RFC 9110, section 9.3.2).
 *
 * @throws SessionUnavailableError (503), after which a message may be gone unseen: Redis may have done what it was told
 */
export async function takeFlash(request: Request): Promise<FlashBag> {
  if (!request.sessionStore) throw sessionNotMounted();
  const session = isLazy(request) ? undefined : request.session;
  if (!session || entriesOf(session.$flash).length === 0) return {};
  const { sessions, tracker } = request.sessionStore as unknown as RedisSessionStore;
  const known = tracker.snapshotOf(session);
  if (!known) return {};
  const loaded = recordIn(known.base);
  const offered = entriesOf(loaded[FLASH_KEY]);
  if (request.method === 'HEAD') return bagOf(offered);
  let taken: readonly FlashEntry[] = [];
  const amended = await sessions.amend(session.id, known.stored, (stored) => {
    const waiting = entriesOf(stored[FLASH_KEY]);
    const left = missingFrom(offered, waiting);
    taken = missingFrom(left, waiting);
    return taken.length > 0 ? withFlash(stored, left) : undefined;
  });
  tracker.amended(session, JSON.stringify(withFlash(loaded, [])), amended);
  const own = missingFrom(offered, entriesOf(session.$flash));
  if (own.length > 0) session.$flash = own;
  else delete session.$flash;
  // Without an answer the session has ended, or others took all there was.
  return amended ? bagOf(taken) : {};
}

function withFlash(record: SessionRecord, entries: readonly FlashEntry[]): SessionRecord {
  const { [FLASH_KEY]: _, ...rest } = record;
  return { ...rest, ...(entries.length > 0 && { [FLASH_KEY]: entries }) };
}
