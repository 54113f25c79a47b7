import { handleOfName } from '../session/session-format.js';
import { indexStart } from '../session/users/user-keys.js';

/** Whose a key is. */
export type KeyOwner =
  | { readonly kind: 'entry'; readonly cache: string }
  | { readonly kind: 'cache' }
  | { readonly kind: 'session' }
  /** The sessions of one user; `user` stands for the user and is no id. */
  | { readonly kind: 'user'; readonly user: string }
  | { readonly kind: 'session-index' }
  | { readonly kind: 'other' };

export interface KeyPrefixes {
  readonly cache: string;
  /** Undefined without sessions. */
  readonly session: string | undefined;
}

/** Tells the keys of caches, sessions and others apart, and writes them so that no session can be taken over. */
export class KeyNames {
  readonly #cache: string;
  readonly #session: string | undefined;
  readonly #index: string | undefined;

  constructor({ cache, session }: KeyPrefixes) {
    this.#cache = cache;
    this.#session = session;
    this.#index = session === undefined ? undefined : indexStart(session);
  }

  ownerOf(key: string): KeyOwner {
    if (this.#index !== undefined && key.startsWith(this.#index)) {
      const user = /^user:\{(.+)\}$/.exec(key.slice(this.#index.length))?.[1];
      return user === undefined ? { kind: 'session-index' } : { kind: 'user', user };
    }
    if (this.#beside(key)) return { kind: 'session-index' };
    if (this.#session !== undefined && key.startsWith(this.#session)) return { kind: 'session' };
    if (!key.startsWith(this.#cache)) return { kind: 'other' };
    const cache = /^entry:([\w.-]+):/.exec(key.slice(this.#cache.length))?.[1];
    return cache === undefined ? { kind: 'cache' } : { kind: 'entry', cache };
  }

  /** The key as it may be shown: a session by its handle, never by its id. */
  shown(key: string): string {
    const beside = this.#beside(key);
    if (beside) return `${beside.kind}:<${handleOfName(beside.name)}>`;
    if (this.ownerOf(key).kind !== 'session') return key;
    return `${this.#session}<${handleOfName(key.slice(this.#session!.length))}>`;
  }

  /** What stands beside a session holds its name: see `besideKey`. */
  #beside(key: string): { readonly kind: string; readonly name: string } | undefined {
    const [, kind, rest] = /^(ended|written):(.*)$/s.exec(key) ?? [];
    if (kind === undefined || rest === undefined || this.#session === undefined) return undefined;
    const marked = rest.replace(/^\{(.*)\}$/s, '$1');
    if (!marked.startsWith(this.#session)) return undefined;
    return { kind, name: marked.slice(this.#session.length) };
  }
}
