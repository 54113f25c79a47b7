import { isDate, isMap, isSet } from 'node:util/types';
import { TAG } from './tagging.js';
import { copyView, isView, viewOf } from './views.js';

type Fields = Record<string, unknown>;

/**
 * Turns the tagged form back into the value, in place; arrays and objects are frozen.
 *
 * @throws Error for a tag that is none: the entry is a miss
 */
export function untag(node: unknown): unknown {
  if (typeof node !== 'object' || node === null || ArrayBuffer.isView(node)) return node;
  if (Array.isArray(node)) {
    for (let index = 0; index < node.length; index += 1) node[index] = untag(node[index]);
  } else {
    const fields = node as Fields;
    if (Object.hasOwn(fields, TAG)) return revive(fields[TAG], fields.v);
    for (const key of Object.keys(fields)) fields[key] = untag(fields[key]);
  }
  return Object.freeze(node);
}

function revive(kind: unknown, content: unknown): unknown {
  switch (kind) {
    case 'date':
      return new Date((content as number | null) ?? Number.NaN);
    case 'number':
      return Number(content);
    case 'buffer':
      return bytesOf(content);
    case 'map':
      return new Map(pairsOf(listOf(content).map(untag)));
    case 'set':
      return new Set(listOf(content).map(untag));
    case 'object':
      // Defines each key, so `__proto__` is a key like any other.
      return Object.freeze(
        Object.fromEntries(
          pairsOf(listOf(content)).map(([key, value]) => [key as string, untag(value)]),
        ),
      );
    default:
      return viewOf(kind as string, bytesOf(content));
  }
}

function bytesOf(content: unknown): Buffer {
  if (typeof content === 'string') return Buffer.from(content, 'base64');
  if (Buffer.isBuffer(content)) return content;
  throw new SyntaxError('A tag holds no bytes.');
}

function listOf(content: unknown): unknown[] {
  if (Array.isArray(content)) return content;
  throw new SyntaxError('A tag holds no list.');
}

function pairsOf(list: readonly unknown[]): [unknown, unknown][] {
  return Array.from({ length: list.length / 2 }, (_, index) => [
    list[2 * index],
    list[2 * index + 1],
  ]);
}

/**
 * A value whose parts that cannot be frozen (Dates, views, Maps, Sets) are the caller's own. What is
 * frozen all the way down is shared, not copied.
 */
export function ownCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isView(value)) return copyView(value);
  if (isDate(value)) return new Date(value.getTime());
  if (isMap(value)) return new Map([...value].map(([key, item]) => [ownCopy(key), ownCopy(item)]));
  if (isSet(value)) return new Set([...value].map(ownCopy));
  return Array.isArray(value) ? ownList(value) : ownRecord(value as Fields);
}

function ownList(list: unknown[]): unknown[] {
  const copy = list.map(ownCopy);
  return copy.every((item, index) => item === list[index])
    ? list
    : (Object.freeze(copy) as unknown[]);
}

function ownRecord(record: Fields): Fields {
  let copy: Fields | undefined;
  for (const key of Object.keys(record)) {
    const item = ownCopy(record[key]);
    if (item !== record[key]) (copy ??= { ...record })[key] = item;
  }
  return copy ? Object.freeze(copy) : record;
}
