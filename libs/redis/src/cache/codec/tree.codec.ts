import { isError } from '../../common/errors.js';
import { deepFreeze } from '../../common/freeze.js';
import { unknownFormat, type Codec } from './codec.js';
import { isPlainJson } from './plain-json.js';
import { Tagging, unsupported } from './tagging.js';
import { ownCopy, untag } from './untagging.js';

/** How trees of plain objects, arrays and primitives are written. */
export interface TreeFormat {
  /** First byte of a tree that is the value, and of one that holds tags. */
  readonly plain: number;
  readonly tagged: number;
  /** True when bytes can stay bytes, false when they become base64. */
  readonly keepsBytes: boolean;
  write(format: number, tree: unknown): Buffer;
  /** @param bytes the first one is the format */
  read(bytes: Buffer): unknown;
}

/** Values with parts that cannot be frozen, so that all others are handed out without a look inside. */
const haveOwnParts = new WeakSet<object>();

/** A codec that writes a plain value as it is and any other in the tagged form (tagging.ts). */
export function treeCodec(format: TreeFormat): Codec<unknown> {
  return {
    encode(value) {
      if (looksPlain(value)) return write(format, format.plain, value);
      const tagging = new Tagging(format.keepsBytes);
      const tree = tagging.tag(value);
      return write(format, tagging.isUsed ? format.tagged : format.plain, tree);
    },

    decode(bytes) {
      if (bytes[0] === format.plain) return deepFreeze(format.read(bytes));
      if (bytes[0] !== format.tagged) throw unknownFormat(bytes);
      const value = untag(format.read(bytes));
      if (typeof value === 'object' && value !== null) haveOwnParts.add(value);
      return value;
    },

    own(value) {
      const isShared = typeof value !== 'object' || value === null || !haveOwnParts.has(value);
      return isShared ? value : ownCopy(value);
    },
  };
}

function looksPlain(value: unknown): boolean {
  try {
    return isPlainJson(value);
  } catch {
    // A getter threw; tagging meets it again and says where.
    return false;
  }
}

function write(format: TreeFormat, mark: number, tree: unknown): Buffer {
  if (tree === undefined) throw unsupported([], 'is undefined');
  try {
    return format.write(mark, tree);
  } catch (cause) {
    // Above the longest text or Buffer of V8.
    throw unsupported([], `cannot be written (${isError(cause) ? cause.message : 'error'})`, cause);
  }
}
