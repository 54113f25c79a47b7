import { createHash } from 'node:crypto';
import { isError } from '../../common/errors.js';
import type { RedisClient } from '../redis-client.js';

type ScriptArgument = string | number | Buffer;

/**
 * One Lua script, sent as EVALSHA and, where the server does not know it (first use, restart,
 * SCRIPT FLUSH, another Cluster node), once as EVAL.
 *
 * Rules: every key is declared; all keys of one call lie in one slot, so they share a hash tag; the
 * reply uses RESP2 types only. Not for MULTI: a NOSCRIPT inside an EXEC would leave the rest done.
 */
export class LuaScript {
  readonly name: string;
  readonly #numberOfKeys: number;
  readonly #lua: string;
  readonly #sha: string;

  constructor(definition: {
    readonly name: string;
    readonly numberOfKeys: number;
    readonly lua: string;
  }) {
    this.name = definition.name;
    this.#numberOfKeys = definition.numberOfKeys;
    this.#lua = definition.lua;
    this.#sha = createHash('sha1').update(definition.lua).digest('hex');
  }

  /** Runs the script; bulk replies arrive as text. */
  run(
    client: RedisClient,
    keys: readonly string[],
    args: readonly ScriptArgument[],
  ): Promise<unknown> {
    return this.#call((command, body) =>
      client.call(command, ...this.#arguments(body, keys, args)),
    );
  }

  /** Runs the script; bulk replies arrive as Buffers. */
  runBuffer(
    client: RedisClient,
    keys: readonly string[],
    args: readonly ScriptArgument[],
  ): Promise<unknown> {
    return this.#call((command, body) =>
      client.callBuffer(command, ...this.#arguments(body, keys, args)),
    );
  }

  #call(send: (command: string, body: string) => Promise<unknown>): Promise<unknown> {
    return send('EVALSHA', this.#sha).catch((error: unknown) => {
      if (!isError(error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return send('EVAL', this.#lua);
    });
  }

  #arguments(
    body: string,
    keys: readonly string[],
    args: readonly ScriptArgument[],
  ): ScriptArgument[] {
    if (keys.length !== this.#numberOfKeys) {
      throw new RangeError(
        `Script ${this.name} takes ${this.#numberOfKeys} keys, got ${keys.length}.`,
      );
    }
    return [body, keys.length, ...keys, ...args];
  }
}
