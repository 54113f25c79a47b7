import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseDuration, type Duration } from '../../../common/duration.js';
import { ConfigurationError } from '../../../common/errors.js';

/** An answer that went past the application. */
export interface FastLaneAnswer {
  readonly request: IncomingMessage;
  /** Written, perhaps not yet flushed: a listener for `finish` is still in time. */
  readonly response: ServerResponse;
  /** `Controller.method` of the route. */
  readonly handler: string;
  readonly status: number;
  /** Bytes of the body as sent; 0 for HEAD and 304. */
  readonly bodyBytes: number;
}

/** Option `cache.http.fastLane`; what decides is `@FastLane()` on the routes. */
export interface FastLaneOptions {
  /** Told of each answer, to count and to log it. What it throws is reported and changes nothing. */
  readonly onAnswer?: (answer: FastLaneAnswer) => void;
  /** Most request targets that are remembered, each variant for itself. Default 10,000. */
  readonly maxEntries?: number;
  /**
   * The lane repeats an answer when the application has given it twice, at least this far apart: fields
   * that differ, such as request ids and times, are left out. Default `'1s'`.
   */
  readonly confirmAfter?: Duration;
}

export interface ResolvedFastLane {
  readonly onAnswer: ((answer: FastLaneAnswer) => void) | undefined;
  readonly maxEntries: number;
  readonly confirmAfterMs: number;
}

const MOST_ENTRIES = 10_000;

/** Fills in the defaults. @throws ConfigurationError that names the option */
export function resolveFastLane(options: FastLaneOptions = {}): ResolvedFastLane {
  const { onAnswer, maxEntries = MOST_ENTRIES, confirmAfter = '1s' } = options;
  if (onAnswer !== undefined && typeof onAnswer !== 'function')
    throw new ConfigurationError('cache.http.fastLane.onAnswer', onAnswer, 'Give a function.');
  if (!Number.isSafeInteger(maxEntries) || maxEntries < 1)
    throw new ConfigurationError(
      'cache.http.fastLane.maxEntries',
      maxEntries,
      'Give a whole number from 1.',
    );
  return {
    onAnswer,
    maxEntries,
    confirmAfterMs: parseDuration(confirmAfter, 'cache.http.fastLane.confirmAfter'),
  };
}
