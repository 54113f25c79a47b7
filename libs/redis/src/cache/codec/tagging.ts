import {
  isAnyArrayBuffer,
  isBoxedPrimitive,
  isDataView,
  isDate,
  isMap,
  isNativeError,
  isPromise,
  isRegExp,
  isSet,
  isWeakMap,
  isWeakSet,
} from 'node:util/types';
import { RedisKitError } from '../../common/errors.js';
import { isView } from './views.js';

/**
 * Key that makes an object of the tagged form a tag: `{ "$": <kind>, "v": <content> }`. An object of
 * the user with such a key is written as a tag itself (`object`), so no data is ever misread.
 */
export const TAG = '$';

/** Names, in an error message, a place inside the value. */
type Path = (string | number)[];

/** Far from the end of the stack, so that the verdict does not depend on how deep the caller is. */
const DEEPEST = 500;

/** Built-ins that JSON writes as `{}`: their content would be lost without a word. */
const BLIND_SPOTS: readonly ((value: unknown) => boolean)[] = [
  isAnyArrayBuffer,
  isDataView,
  isNativeError,
  isPromise,
  isRegExp,
  isWeakMap,
  isWeakSet,
];

/**
 * Turns a value into one of plain objects, arrays and primitives. What those cannot show becomes a
 * tag: Dates, Buffers and typed arrays, Maps, Sets, NaN and the infinities. All else is as JSON has
 * it: `toJSON` is called, class instances lose their class, undefined is left out of objects.
 */
export class Tagging {
  /** True when there is a tag in the result. */
  isUsed = false;
  readonly #path: Path = [];
  readonly #ancestors: object[] = [];

  /** @param keepsBytes true when the format can hold bytes by itself */
  constructor(private readonly keepsBytes: boolean) {}

  /** @throws RedisKitError `CACHE_VALUE_UNSUPPORTED` that names the place inside the value */
  tag(value: unknown): unknown {
    try {
      return this.#any(value, true);
    } catch (error) {
      if (error instanceof RedisKitError) throw error;
      // A getter or a toJSON of the user threw.
      throw unsupported(this.#path, 'cannot be read', error);
    }
  }

  /** @param mayConvert false for what a `toJSON` returned: JSON does not ask again */
  #any(value: unknown, mayConvert: boolean): unknown {
    if (mayConvert && hasToJson(value))
      return this.#any(value.toJSON(`${this.#path.at(-1) ?? ''}`), false);
    switch (typeof value) {
      case 'object':
        return value === null ? null : this.#object(value);
      case 'number':
        return Number.isFinite(value) ? value : this.#make('number', `${value}`);
      case 'bigint':
      case 'function':
      case 'symbol':
        throw unsupported(this.#path, `is a ${typeof value}`);
      case 'boolean':
      case 'string':
      case 'undefined':
        return value;
    }
  }

  #object(value: object): unknown {
    if (isDate(value)) return this.#make('date', finiteOrNull(value.getTime()));
    if (isView(value)) return this.#view(value);
    if (isBoxedPrimitive(value)) return this.#any(value.valueOf(), false);
    if (BLIND_SPOTS.some((isBlind) => isBlind(value)))
      throw unsupported(this.#path, `is a ${value.constructor.name}`);
    return this.#descend(value);
  }

  #descend(value: object): unknown {
    if (this.#ancestors.includes(value)) throw unsupported(this.#path, 'contains itself');
    if (this.#ancestors.length >= DEEPEST)
      throw unsupported(this.#path.slice(0, 3), `is nested more than ${DEEPEST} levels deep`);
    this.#ancestors.push(value);
    const result = this.#children(value);
    this.#ancestors.pop();
    return result;
  }

  #children(value: object): unknown {
    if (isMap(value)) return this.#make('map', this.#list([...value].flat()));
    if (isSet(value)) return this.#make('set', this.#list([...value]));
    return Array.isArray(value) ? this.#list(value) : this.#record(value);
  }

  #list(list: readonly unknown[]): unknown[] {
    return list.map((item, index) => this.#at(index, item));
  }

  #record(value: object): unknown {
    // The spread reads each getter once and makes every key, `__proto__` too, an own one.
    const result: Record<string, unknown> = { ...value };
    for (const key of Object.keys(result)) result[key] = this.#at(key, result[key]);
    if (!Object.hasOwn(result, TAG) && !Object.hasOwn(result, '__proto__')) return result;
    const present = Object.entries(result).filter(([, item]) => item !== undefined);
    return this.#make('object', present.flat());
  }

  #at(key: string | number, value: unknown): unknown {
    this.#path.push(key);
    const result = this.#any(value, true);
    this.#path.pop();
    return result;
  }

  #view(value: NodeJS.TypedArray): unknown {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    const kind = Buffer.isBuffer(value) ? 'buffer' : value[Symbol.toStringTag];
    return this.#make(kind, this.keepsBytes ? bytes : bytes.toString('base64'));
  }

  #make(kind: string, content: unknown): unknown {
    this.isUsed = true;
    return { [TAG]: kind, v: content };
  }
}

export function unsupported(path: Readonly<Path>, fault: string, cause?: unknown): RedisKitError {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`));
  return new RedisKitError(
    'CACHE_VALUE_UNSUPPORTED',
    `\`value${steps.join('')}\` ${fault} and cannot be cached. Return what JSON can hold, Buffers, Dates, Maps or Sets.`,
    { cause },
  );
}

/** Dates and views have one too, but come through as they are. */
function hasToJson(value: unknown): value is { toJSON(key: string): unknown } {
  if ((typeof value !== 'object' && typeof value !== 'bigint') || value === null) return false;
  return (
    typeof (value as { toJSON?: unknown }).toJSON === 'function' &&
    !isDate(value) &&
    !ArrayBuffer.isView(value)
  );
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
