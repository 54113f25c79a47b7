import { parseArgs } from 'node:util';
import type { Pace } from './measure/rounds.js';

export interface BenchOptions {
  readonly isQuick: boolean;
  readonly rounds: number;
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
  return {
    isQuick,
    rounds: values.rounds === undefined ? (isQuick ? 3 : 5) : wholeNumber(values.rounds),
    pace: isQuick
      ? {
          connections: CONNECTIONS,
          firstRequests: 2000,
          firstSeconds: 2,
          warmUpSeconds: 0.1,
          seconds: 0.3,
          openSeconds: 0,
        }
      : {
          connections: CONNECTIONS,
          firstRequests: 10_000,
          firstSeconds: 4,
          warmUpSeconds: 0.4,
          seconds: 1.3,
          openSeconds: 0.7,
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
