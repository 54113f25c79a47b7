/** Time as the package sees it, so that a test can turn it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

let turnedMs = 0;

/** The clock of the machine, which no test turns. For comparing it with others. */
export const machineClock: Clock = { now: () => Date.now() };

export const systemClock: Clock = { now: () => Date.now() + turnedMs };

/** How far the fake clock of the testing kit is ahead of the machine; 0 outside of tests. */
export function turnedBy(): number {
  return turnedMs;
}

/** For the fake clock of the testing kit alone. @param ms ahead of the machine from now on; 0 to set it right */
export function turnClock(ms: number): void {
  turnedMs = ms;
}
