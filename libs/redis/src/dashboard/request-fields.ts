import { BadRequestException } from '@nestjs/common';

/** Longest text that a field of an action may have, in characters. */
const LONGEST = 4096;

/**
 * A field of a JSON body.
 *
 * @throws BadRequestException for anything but text of 1 to 4096 characters
 */
export function textField(body: unknown, name: string): string {
  const value: unknown =
    typeof body === 'object' && body !== null && Object.hasOwn(body, name)
      ? (body as Record<string, unknown>)[name]
      : undefined;
  if (typeof value === 'string' && value !== '' && value.length <= LONGEST) return value;
  throw new BadRequestException(`\`${name}\` is missing. Give text of 1 to ${LONGEST} characters.`);
}
