import ms from 'ms';
import { ConfigurationError } from './errors.js';

/** A length of time: milliseconds as a number, or text such as `'250ms'`, `'30s'`, `'5m'`, `'12h'`, `'7d'`. */
export type Duration = number | ms.StringValue;

/** Redis stores expiry as a signed 64-bit millisecond; JavaScript timers stop at 2^31-1, dates at 8.64e15. */
const LONGEST_MS = 100 * 365 * 24 * 60 * 60 * 1000;

/**
 * Reads a duration into whole milliseconds.
 *
 * @param value milliseconds, or text in the form of the `ms` package
 * @param option path of the option, for the error message
 * @throws ConfigurationError when it is no duration, not above zero, or above 100 years
 */
export function parseDuration(value: Duration, option: string): number {
  const parsed = typeof value === 'number' ? value : parseText(value);
  if (parsed === undefined || !Number.isFinite(parsed) || parsed < 1 || parsed > LONGEST_MS) {
    throw new ConfigurationError(
      option,
      value,
      "Give milliseconds as a number from 1, or text such as '30s', '5m' or '12h', at most 100 years.",
    );
  }
  return Math.round(parsed);
}

function parseText(value: unknown): number | undefined {
  if (typeof value !== 'string' || value.trim() === '' || value.length > 100) return undefined;
  return ms(value as ms.StringValue);
}
