import { createHash } from 'node:crypto';
import type { StoredBytes } from './session-commands.js';
import { SessionTooLargeError } from './session.errors.js';
import { sessionLarge, sessionTooLarge } from './session.events.js';
import type { ResolvedSessionOptions } from './session.options.js';
import { parseSession, type ParsedSession } from './session-record.js';

/** Stands before the name of a session whose id is hashed; no id holds a colon, so none can claim to be a name. */
const HASHED = '2:';
/** Stands before everything that is encrypted. */
const SEALED = Buffer.from('enc1:');
/** From this part of `maxBytes` on, every save is an event. */
const LARGE = 0.8;

type FormatOptions = Pick<ResolvedSessionOptions, 'hashIds' | 'cipher' | 'readsPlain' | 'maxBytes'>;

/**
 * How a session is stored: under which name behind the prefix, and as which bytes. Without `hashIds`
 * and `encryption` that is the wire format of connect-redis: the id, and JSON.
 */
export class SessionFormat {
  constructor(private readonly options: FormatOptions) {}

  nameOf(id: string): string {
    if (this.options.hashIds === false) return id;
    return HASHED + createHash('sha256').update(id).digest('hex');
  }

  /** The name before `hashIds` was switched on, while sessions of that time are still read. */
  oldNameOf(id: string): string | undefined {
    return this.options.hashIds === 'migrate' && !id.includes(':') ? id : undefined;
  }

  /** The name that a session may have got since it was known by this one, while `hashIds` migrates. */
  newNameOf(name: string): string | undefined {
    const isOld = this.options.hashIds === 'migrate' && !name.startsWith(HASHED);
    return isOld ? this.nameOf(name) : undefined;
  }

  /**
   * @param name bound into what is encrypted, so that nobody can pass one session off as another
   * @throws SessionTooLargeError
   */
  encode(name: string, json: string): StoredBytes {
    const { cipher, maxBytes } = this.options;
    const bytes = Buffer.byteLength(json);
    if (bytes > maxBytes) {
      sessionTooLarge.publish(() => ({ handle: handleOfName(name), bytes, maxBytes }));
      throw new SessionTooLargeError(bytes, maxBytes);
    }
    if (bytes > maxBytes * LARGE) {
      sessionLarge.publish(() => ({ handle: handleOfName(name), bytes, maxBytes }));
    }
    if (!cipher) return json;
    return Buffer.concat([SEALED, cipher.encrypt(Buffer.from(json), Buffer.from(name))]);
  }

  decode(name: string, stored: StoredBytes): ParsedSession {
    const { cipher, readsPlain } = this.options;
    const isSealed = Buffer.isBuffer(stored) && stored.subarray(0, SEALED.length).equals(SEALED);
    if (!isSealed) {
      return readsPlain ? parseSession(stored) : { kind: 'corrupt', reason: 'not encrypted' };
    }
    if (!cipher) return { kind: 'locked', reason: 'encrypted, and there are no keys here' };
    const opened = cipher.decrypt(stored.subarray(SEALED.length), Buffer.from(name));
    if (opened.kind === 'decrypted') return parseSession(opened.bytes);
    if (opened.kind === 'forged') return { kind: 'corrupt', reason: 'forged' };
    return { kind: 'locked', reason: `encrypted with the key ${opened.id}, which is not here` };
  }
}

/** The public name of a stored session: the first 128 bits of the id's SHA-256. */
export function handleOfName(name: string): string {
  const hash = name.startsWith(HASHED)
    ? name.slice(HASHED.length)
    : createHash('sha256').update(name).digest('hex');
  return hash.slice(0, 32);
}
