/**
 * Freezes a value of plain objects and arrays all the way down, so that callers can share it.
 * Buffers and other views cannot be frozen; they stay as they are.
 */
export function deepFreeze<T>(value: T): T {
  if (
    typeof value !== 'object' ||
    value === null ||
    ArrayBuffer.isView(value) ||
    Object.isFrozen(value)
  )
    return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}
