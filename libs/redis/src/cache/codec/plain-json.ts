/** Deeper than this, the exact and slower way decides; it also tells a cycle from a deep value. */
const DEEPEST = 100;

/**
 * True for a value that JSON.stringify and JSON.parse return as it is (undefined in it apart). One
 * look at each node, so that values without Buffers, Dates and the like pay next to nothing for
 * them. False is no verdict: tagging then looks closely.
 */
export function isPlainJson(value: unknown, depth = 0): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      return value === null || (depth < DEEPEST && isPlainObject(value, depth + 1));
    case 'bigint':
    case 'function':
    case 'symbol':
      return false;
  }
}

function isPlainObject(value: object, depth: number): boolean {
  if ((value as { toJSON?: unknown }).toJSON !== undefined) return false;
  if (Array.isArray(value)) return isPlainList(value, depth);
  if (!isRecord(value)) return false;
  // for-in allocates nothing; that it shows inherited keys too can only lead to the slower way.
  for (const key in value) {
    if (key === '__proto__' || !isPlainJson((value as Record<string, unknown>)[key], depth))
      return false;
  }
  return true;
}

function isPlainList(list: readonly unknown[], depth: number): boolean {
  for (let index = 0; index < list.length; index += 1)
    if (!isPlainJson(list[index], depth)) return false;
  return true;
}

/** Plain objects and instances of user classes, which JSON writes alike; no built-in (Map, Promise, RegExp). */
function isRecord(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    prototype === Object.prototype ||
    prototype === null ||
    Object.prototype.toString.call(value) === '[object Object]'
  );
}
