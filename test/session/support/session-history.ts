/** When something was asked for, and when its answer was there. Milliseconds of one clock. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A session that its client was told of. A session and those that take its place by `rotate` are one chain. */
export interface Birth extends Span {
  readonly id: string;
  readonly handle: string;
  readonly user: string;
  readonly chain: number;
}

/** An acknowledged end of sessions, each born before it was asked for. */
export interface Ending extends Span {
  readonly by: string;
  readonly ids: readonly string[];
  /** For so long after it they may still be seen: the index had lost them, and a node may trust an epoch for a while. */
  readonly graceMs: number;
}

/** An answer that says whether a session lives. */
export interface Sighting extends Span {
  readonly id: string;
  readonly isAlive: boolean;
  readonly by: string;
}

/** A key that was set, or removed (undefined). No value is written twice. */
export interface Write extends Span {
  readonly id: string;
  readonly chain: number;
  readonly key: string;
  readonly value: number | undefined;
  /** False where the answer is given although the session ended meanwhile: then the change may be dropped. */
  readonly isCertain: boolean;
}

/** The attributes of a session as somebody saw them. */
export interface Reading extends Span {
  readonly chain: number;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface Count extends Span {
  readonly user: string;
  readonly count: number;
}

/** What was asked and answered, by several processes at once. */
export class SessionHistory {
  readonly births: Birth[] = [];
  readonly endings: Ending[] = [];
  readonly sightings: Sighting[] = [];
  readonly writes: Write[] = [];
  /** Requests that count a visit by a merger. */
  readonly visits: Write[] = [];
  readonly readings: Reading[] = [];
  readonly counts: Count[] = [];
  /** Answers that should not be. */
  readonly failures: string[] = [];
}

/** What stands in Redis and in the lists once nothing runs any more. */
export interface Quiescence {
  readonly listed: readonly { readonly user: string; readonly handle: string }[];
  /** Sessions that could be found by their id after the lists were made. */
  readonly found: readonly string[];
  /** Ids of all sessions in Redis. */
  readonly stored: readonly string[];
}

/** An event of a session's life on the node that made it. */
export interface LifeEvent {
  readonly name: string;
  readonly handle: string;
  readonly previousHandle?: string;
}

export interface HistoryPlan {
  readonly seed: number;
  readonly ms: number;
  /** Readings and writes that there must be at least; it runs for longer if need be. */
  readonly least: number;
  readonly workers: number;
  readonly users: readonly string[];
  /** The one of them whose index loses its entries now and then. */
  readonly unlisted: string;
  /** One whose sessions each lose their entry, and are then revoked. */
  readonly lost: string;
  /** One whose session nobody ends, so that only time does. */
  readonly quiet: string;
  /** For so long a node may go by an epoch that it has seen. */
  readonly trustMs: number;
}
