import { parseArgs } from 'node:util';
import type { Pace } from './measure/rounds.js';

export interface BenchOptions {
  readonly isQuick: boolean;
  /** Of requests to servers. */
  readonly rounds: number;
  /** Of in-process measures and crowds, which take longer. */
  readonly microRounds: number;
  readonly pace: Pace;
  /** Length of one in-process measure, in seconds. */
  readonly microSeconds: number;
  /** Only cases and servers whose `case/server` matches. */
  readonly only: RegExp;
  /** Writes CPU profiles of what `only` names and measures nothing. */
  readonly isProfile: boolean;
  /** Writes `docs/performance.md` and its charts. */
  readonly writesDocs: boolean;
  /** Writes the report of an earlier result file and measures nothing. */
  readonly from: string | undefined;
}

const CONNECTIONS = 16;
const MOST_MICRO_ROUNDS = 5;

/** @throws TypeError for an option that does not exist */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
      profile: { type: 'boolean', default: false },
      docs: { type: 'boolean' },
      'no-docs': { type: 'boolean' },
      from: { type: 'string' },
    },
  });
  const isQuick = values.quick;
  const isPart = isQuick || values.only !== undefined;
  const rounds = values.rounds === undefined ? (isQuick ? 3 : 9) : wholeNumber(values.rounds);
  return {
    isQuick,
    rounds,
    microRounds: Math.min(rounds, MOST_MICRO_ROUNDS),
    pace: isQuick
      ? {
          connections: CONNECTIONS,
          firstRequests: 2000,
          firstSeconds: 2,
          warmUpSeconds: 0.1,
          seconds: 0.3,
          openSeconds: 0,
          openRounds: 0,
        }
      : {
          connections: CONNECTIONS,
          firstRequests: 20_000,
          firstSeconds: 4,
          warmUpSeconds: 0.1,
          seconds: 0.6,
          openSeconds: 0.8,
          openRounds: 3,
        },
    microSeconds: isQuick ? 0.3 : 1.5,
    isProfile: values.profile,
    only: new RegExp(values.only ?? ''),
    // Figures for the docs come from a whole run, unless asked for.
    writesDocs: values['no-docs'] ? false : (values.docs ?? !isPart),
    from: values.from,
  };
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new TypeError(`--rounds is ${text}; it is a whole number of at least 1.`);
  }
  return value;
}
