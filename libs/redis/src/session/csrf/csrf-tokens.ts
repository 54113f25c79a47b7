import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a token is good for: one session, or one browser that has none yet. */
export interface TokenBinding {
  readonly kind: 'session' | 'visitor';
  /** The session id, or the value of the visitor's cookie. */
  readonly value: string;
}

const NONCE_BYTES = 18;
const MAC_BYTES = 32;
/** Base64url of both, without padding. */
const TOKEN = new RegExp(`^[\\w-]{${Math.ceil(((NONCE_BYTES + MAC_BYTES) * 4) / 3)}}$`);

/**
 * Tokens that need no memory: a random number and its HMAC together with what the token is bound to (OWASP CSRF
 * prevention cheat sheet, HMAC-based tokens). Each is another text, so a compressed page gives none away (BREACH).
 */
export class CsrfTokens {
  readonly #keys: readonly Buffer[];

  /** @param secrets the first signs, all verify */
  constructor(secrets: readonly string[]) {
    // Keys of their own: what signs cookies signs nothing else.
    this.#keys = secrets.map((secret) =>
      Buffer.from(hkdfSync('sha256', secret, '', 'nestjs-redis-kit csrf token', 32)),
    );
  }

  make(binding: TokenBinding): string {
    const nonce = randomBytes(NONCE_BYTES);
    return Buffer.concat([nonce, macOf(this.#keys[0]!, nonce, binding)]).toString('base64url');
  }

  matches(token: string, binding: TokenBinding): boolean {
    if (!TOKEN.test(token)) return false;
    const bytes = Buffer.from(token, 'base64url');
    const [nonce, mac] = [bytes.subarray(0, NONCE_BYTES), bytes.subarray(NONCE_BYTES)];
    return this.#keys.some((key) => timingSafeEqual(mac, macOf(key, nonce, binding)));
  }
}

function macOf(key: Buffer, nonce: Buffer, { kind, value }: TokenBinding): Buffer {
  return createHmac('sha256', key).update(nonce).update(`${kind}:${value}`).digest();
}
