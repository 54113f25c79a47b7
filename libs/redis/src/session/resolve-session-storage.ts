import { FLASH_KEY, mergeFlash } from './flash/flash-messages.js';
import { Cipher } from '../common/cipher.js';
import { ConfigurationError } from '../common/errors.js';
import type { ResolvedSessionOptions, SessionOptions } from './session.options.js';
import { RESERVED_KEYS } from './session.types.js';

const DEFAULT_MAX_BYTES = 256 * 1024;
/** A string in Redis holds no more. */
const MOST_BYTES = 512 * 1024 * 1024;

type Storage = Pick<
  ResolvedSessionOptions,
  'mergers' | 'maxBytes' | 'hashIds' | 'cipher' | 'readsPlain' | 'schema'
>;

/** What decides how sessions are stored. */
export function resolveSessionStorage(options: SessionOptions): Storage {
  const { encryption = false } = options;
  return {
    mergers: resolveMergers(options.mergers ?? {}),
    maxBytes: resolveMaxBytes(options.maxBytes ?? DEFAULT_MAX_BYTES),
    hashIds: resolveHashIds(options.hashIds ?? false),
    cipher: encryption ? new Cipher(encryption.keys, 'session.encryption.keys') : undefined,
    readsPlain: !encryption || encryption.migrate === true,
    schema: resolveSchema(options.schema),
  };
}

function resolveMergers(mergers: NonNullable<SessionOptions['mergers']>): Storage['mergers'] {
  for (const [key, merger] of Object.entries(mergers)) {
    const option = `session.mergers.${key}`;
    if (RESERVED_KEYS.has(key))
      throw new ConfigurationError(option, merger, 'This key is not yours to merge.');
    if (typeof merger !== 'function')
      throw new ConfigurationError(
        option,
        merger,
        'Give a function: (base, theirs, ours) => merged.',
      );
  }
  return { ...mergers, [FLASH_KEY]: mergeFlash };
}

function resolveMaxBytes(maxBytes: number): number {
  if (Number.isInteger(maxBytes) && maxBytes >= 512 && maxBytes <= MOST_BYTES) return maxBytes;
  throw new ConfigurationError(
    'session.maxBytes',
    maxBytes,
    `Give a whole number of bytes from 512 to ${MOST_BYTES}.`,
  );
}

function resolveHashIds(hashIds: boolean | 'migrate'): Storage['hashIds'] {
  if (typeof hashIds === 'boolean' || hashIds === 'migrate') return hashIds;
  throw new ConfigurationError('session.hashIds', hashIds, "Give true, false or 'migrate'.");
}

function resolveSchema(schema: SessionOptions['schema']): Storage['schema'] {
  if (schema === undefined || typeof schema?.['~standard']?.validate === 'function') return schema;
  throw new ConfigurationError(
    'session.schema',
    schema,
    'Give a Standard Schema, such as z.object({ cart: z.array(z.string()).optional() }) of zod.',
  );
}
