import { isDate, isMap, isSet } from 'node:util/types';
import { copyView, isView } from '../cache/codec/views.js';

/** A copy that its caller may change, of a value that is shared and frozen. */
export function mutableCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isView(value)) return copyView(value);
  if (isDate(value)) return new Date(value.getTime());
  if (isMap(value))
    return new Map([...value].map(([key, item]) => [mutableCopy(key), mutableCopy(item)]));
  if (isSet(value)) return new Set([...value].map(mutableCopy));
  if (Array.isArray(value)) return value.map(mutableCopy);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mutableCopy(item)]));
}
