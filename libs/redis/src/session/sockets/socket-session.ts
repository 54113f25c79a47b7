import { handleOf } from '../session-id.js';
import type { SessionAttributes, SessionRecord } from '../session.types.js';
import { userOf } from '../users/session-registry.js';
import { attributesOf } from '../users/user-sessions.js';

/** The session that a socket was admitted by, as it was at the handshake. */
export class SocketSession {
  readonly handle: string;
  /** Undefined for an anonymous session. */
  readonly userId: string | undefined;
  /** The session's own keys at the handshake; `SessionService.find(session.id)` tells what they are now. */
  readonly attributes: SessionAttributes;
  readonly #id: string;

  constructor(id: string, record: SessionRecord) {
    this.#id = id;
    this.handle = handleOf(id);
    this.userId = userOf(record);
    this.attributes = attributesOf(record);
  }

  /** For `SessionService.setAttribute` and its like. As secret as the cookie; no log and no JSON of this object holds it. */
  get id(): string {
    return this.#id;
  }
}
