import type {
  Birth,
  LifeEvent,
  Quiescence,
  Reading,
  SessionHistory,
  Sighting,
  Write,
} from './session-history.js';

export interface HistoryRules {
  readonly absoluteMs: number;
  readonly maxPerUser: number;
  /** Users whose index loses entries, so that neither list nor limit can know all. */
  readonly unlisted: ReadonlySet<string>;
}

const VISITS = 'visits';

/** Judges what several processes saw of sessions while they changed them. Each finding is one broken promise. */
export class HistoryChecker {
  readonly #births: ReadonlyMap<string, Birth>;

  constructor(
    private readonly history: SessionHistory,
    private readonly rules: HistoryRules,
  ) {
    this.#births = new Map(history.births.map((birth) => [birth.id, birth]));
  }

  findings(): string[] {
    return [
      ...this.history.failures,
      ...this.#reusedIds(),
      ...this.#resurrections(),
      ...this.#extensions(),
      ...this.#lostUpdates(),
      ...this.#lostVisits(),
      ...this.#excess(),
    ];
  }

  /** What is left when nothing runs: lists and sessions agree. */
  findingsAtRest({ listed, found, stored }: Quiescence): string[] {
    const inLists = new Set(listed.map(({ handle }) => handle));
    const living = found
      .map((id) => this.#births.get(id)!)
      .filter(({ user }) => this.#isListed(user));
    const perUser = groupBy(living, ({ user }) => user);
    return [
      ...living
        .filter(({ handle }) => !inLists.has(handle))
        .map(({ user, handle }) => `${handle} of ${user} lives and is in no list`),
      ...stored
        .filter((id) => !this.#births.has(id))
        .map(() => 'a session is stored that nobody was told of'),
      ...[...perUser]
        .filter(([, sessions]) => sessions.length > this.rules.maxPerUser)
        .map(([user, sessions]) => `${user} has ${sessions.length} sessions at rest`),
    ];
  }

  /** To be asked when all sessions are gone: each began by one event and ended by one. */
  findingsOfEvents(events: readonly LifeEvent[]): string[] {
    const begun = countOf(events, 'created', 'regenerated');
    const ended = countOf(events, 'destroyed', 'revoked', 'expired');
    const replaced = new Set(events.map(({ previousHandle }) => previousHandle));
    const wrong = this.history.births.flatMap(({ handle }) => {
      const [begins, ends] = [begun.get(handle) ?? 0, ended.get(handle) ?? 0];
      const isEnded = ends === 1 || (ends === 0 && replaced.has(handle));
      if (begins === 1 && isEnded) return [];
      return [`${handle}: ${namesOf(events, handle) || 'no event'}`];
    });
    const known = new Set(this.history.births.map(({ handle }) => handle));
    const unknown = [...begun.keys()].filter((handle) => !known.has(handle));
    return [...wrong, ...unknown.map((handle) => `${handle} began, and nobody was told of it`)];
  }

  #reusedIds(): string[] {
    const { births } = this.history;
    return births
      .filter((birth) => this.#births.get(birth.id) !== birth)
      .map(({ handle }) => `${handle} began twice`);
  }

  /** Nobody sees a session after its acknowledged end, or after somebody saw that it had ended. */
  #resurrections(): string[] {
    const ends = new Map<string, { at: number; by: string }>();
    const note = (id: string, at: number, by: string): void => {
      if (at < (ends.get(id)?.at ?? Infinity)) ends.set(id, { at, by });
    };
    for (const { ids, to, graceMs, by } of this.history.endings)
      ids.forEach((id) => note(id, to + graceMs, by));
    for (const { id, isAlive, to, by } of this.history.sightings)
      if (!isAlive) note(id, to, `${by}, which did not find it`);
    return this.history.sightings.flatMap(({ id, isAlive, from, by }) => {
      const end = ends.get(id);
      if (!isAlive || !end || from <= end.at) return [];
      return [`${by} saw a session ${Math.round(from - end.at)} ms after it ended by ${end.by}`];
    });
  }

  /** Nothing but a new login makes a session live longer than the absolute timeout. */
  #extensions(): string[] {
    const began = new Map<number, number>();
    for (const { chain, to } of this.history.births)
      began.set(chain, Math.min(to, began.get(chain) ?? Infinity));
    return this.history.sightings
      .filter(({ isAlive, id, from }) => {
        const birth = this.#births.get(id);
        return isAlive && birth && from > began.get(birth.chain)! + this.rules.absoluteMs;
      })
      .map(({ by }) => `${by} saw a session past its absolute end`);
  }

  /** What is read of a key is the last that was written, or one of those that were written at the same time. */
  #lostUpdates(): string[] {
    const writes = groupBy(this.history.writes, ({ chain, key }) => `${chain} ${key}`);
    const certain = this.#certain(this.history.writes);
    return this.history.readings.flatMap((reading) =>
      Object.entries(reading.values).flatMap(([key, value]) => {
        if (key === VISITS) return [];
        const all = writes.get(`${reading.chain} ${key}`) ?? [];
        return mayRead(reading, value, all, certain)
          ? []
          : [`${key} was read as ${String(value)} after a later change was acknowledged`];
      }),
    );
  }

  #lostVisits(): string[] {
    const { visits, readings } = this.history;
    const certain = this.#certain(visits);
    const byChain = groupBy(visits, ({ chain }) => chain);
    return readings.flatMap(({ chain, values, from, to }) => {
      const all = byChain.get(chain) ?? [];
      const least = all.filter((visit) => certain.has(visit) && visit.to < from).length;
      const most = all.filter((visit) => visit.from < to).length;
      const read = Number(values[VISITS] ?? 0);
      return read >= least && read <= most ? [] : [`${read} visits, not ${least} to ${most}`];
    });
  }

  /** A write is certain when it said so, or when its session was seen alive after it. */
  #certain(writes: readonly Write[]): ReadonlySet<Write> {
    const lastSeen = lastAlive(this.history.sightings);
    return new Set(
      writes.filter(({ id, to, isCertain }) => isCertain || (lastSeen.get(id) ?? -Infinity) >= to),
    );
  }

  /** At no moment a user has more sessions than the limit, neither in a list nor by what was seen. */
  #excess(): string[] {
    const { births, sightings, counts } = this.history;
    const { maxPerUser } = this.rules;
    const listed = counts
      .filter(({ user, count }) => this.#isListed(user) && count > maxPerUser)
      .map(({ user, count }) => `${count} sessions are counted of ${user}`);
    const lastSeen = lastAlive(sightings);
    const lives = births
      .filter(({ user, id, to }) => this.#isListed(user) && (lastSeen.get(id) ?? 0) >= to)
      .map(({ user, id, to }) => ({ user, from: to, to: lastSeen.get(id)! }));
    const lived = lives.flatMap(({ user, from }) => {
      const beside = lives.filter((one) => one.user === user && one.from <= from && from <= one.to);
      return beside.length > maxPerUser ? [`${user} had ${beside.length} sessions at a time`] : [];
    });
    return [...listed, ...lived];
  }

  #isListed(user: string): boolean {
    return !this.rules.unlisted.has(user);
  }
}

/** False when every write of the value was certainly overwritten before the read began. */
function mayRead(
  reading: Reading,
  value: unknown,
  writes: readonly Write[],
  certain: ReadonlySet<Write>,
): boolean {
  const overwritten = (at: number): boolean =>
    writes.some((one) => certain.has(one) && at < one.from && one.to < reading.from);
  // The session began without the key.
  if (value === undefined && !overwritten(-Infinity)) return true;
  return writes.some(
    (write) => write.value === value && write.from < reading.to && !overwritten(write.to),
  );
}

/** When each session was last seen alive: it lived at the latest when that was asked. */
function lastAlive(sightings: readonly Sighting[]): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  for (const { id, isAlive, from } of sightings)
    if (isAlive) last.set(id, Math.max(from, last.get(id) ?? -Infinity));
  return last;
}

function countOf(events: readonly LifeEvent[], ...names: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { name, handle } of events)
    if (names.includes(name)) counts.set(handle, (counts.get(handle) ?? 0) + 1);
  return counts;
}

/** As `Map.groupBy`, which Node 20 has not. */
function groupBy<T, Key>(all: readonly T[], keyOf: (one: T) => Key): Map<Key, T[]> {
  const groups = new Map<Key, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group) group.push(one);
    else groups.set(keyOf(one), [one]);
  }
  return groups;
}

function namesOf(events: readonly LifeEvent[], handle: string): string {
  return events
    .filter((one) => one.handle === handle || one.previousHandle === handle)
    .map(({ name }) => name)
    .join(', ');
}
