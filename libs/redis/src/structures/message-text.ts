import { RedisKitError } from '../common/errors.js';

/**
 * A message as JSON.
 *
 * @throws RedisKitError `MESSAGE_UNSUPPORTED` for what JSON cannot say: undefined, a function, a BigInt, a circle
 */
export function messageText(name: string, data: unknown): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = JSON.stringify(data);
  } catch (error) {
    cause = error;
  }
  if (text !== undefined) return text;
  throw new RedisKitError(
    'MESSAGE_UNSUPPORTED',
    `A message for \`${name}\` cannot be written as JSON. Send plain objects, arrays, texts and numbers.`,
    { cause },
  );
}

/** @throws whatever JSON.parse or the given function throws */
export function readMessage<T>(text: string, parse?: (value: unknown) => T): T {
  const value: unknown = JSON.parse(text);
  return parse ? parse(value) : (value as T);
}
