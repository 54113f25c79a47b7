import { BadRequestException } from '@nestjs/common';

/** Largest value of a Postgres `integer`. */
const MAX_INTEGER = 2_147_483_647;

interface TextLimits {
  readonly max: number;
}

interface NumberLimits {
  readonly min?: number;
  readonly max?: number;
}

/** The fields of a JSON body or a form. */
export function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) {
    return body as Record<string, unknown>;
  }
  throw new BadRequestException('The body must be a JSON object or a form.');
}

/** A whole number, as JSON or as text from an address or a form. */
export function wholeNumber(
  value: unknown,
  field: string,
  { min = 1, max = MAX_INTEGER }: NumberLimits = {},
): number {
  const isDigits = typeof value === 'string' && /^\d{1,10}$/.test(value);
  const number = isDigits ? Number(value) : value;
  if (Number.isInteger(number) && (number as number) >= min && (number as number) <= max) {
    return number as number;
  }
  return invalid(field, `must be a whole number from ${min} to ${max}`);
}

export function requiredText(value: unknown, field: string, { max }: TextLimits): string {
  const text = optionalText(value, field, { max });
  return text || invalid(field, 'must not be empty');
}

/** Trimmed; empty when the field is absent. */
export function optionalText(value: unknown, field: string, { max }: TextLimits): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') return invalid(field, 'must be text');
  // Postgres has no such character in a text.
  if (value.includes('\0')) return invalid(field, 'must not contain a null character');
  const text = value.trim();
  return text.length <= max ? text : invalid(field, `must have at most ${max} characters`);
}

function invalid(field: string, rule: string): never {
  throw new BadRequestException({
    statusCode: 400,
    error: 'Bad Request',
    message: `${field} ${rule}.`,
    field,
  });
}
