import { describe, expect, it } from '@jest/globals';
import { HistoryChecker } from './support/history-checker.js';
import { SessionHistory, type LifeEvent } from './support/session-history.js';

const RULES = { absoluteMs: 100, maxPerUser: 1, unlisted: new Set<string>() };

/** Session `a` of ann, who was told of it at 2. */
function historyOf(prepare: (history: SessionHistory) => void): HistoryChecker {
  const history = new SessionHistory();
  history.births.push({ id: 'a', handle: 'ha', user: 'ann', chain: 1, from: 1, to: 2 });
  prepare(history);
  return new HistoryChecker(history, RULES);
}

const seen = (from: number, isAlive = true) => ({
  id: 'a',
  isAlive,
  by: 'find',
  from,
  to: from + 1,
});
const write = (from: number, value: number | undefined, isCertain = true) => {
  return { id: 'a', chain: 1, key: 'k', value, isCertain, from, to: from + 1 };
};
const read = (from: number, value: number | undefined, visits?: number) => {
  return { chain: 1, values: { k: value, visits }, from, to: from + 1 };
};

describe('the checker of session histories', () => {
  it.each<[string, (history: SessionHistory) => void, RegExp]>([
    [
      'a session seen after its end',
      ({ endings, sightings }) => {
        endings.push({ ids: ['a'], by: 'logout', graceMs: 0, from: 3, to: 4 });
        sightings.push(seen(5));
      },
      /find saw a session 1 ms after it ended by logout/,
    ],
    [
      'a session seen after somebody missed it',
      ({ sightings }) => sightings.push(seen(3, false), seen(5)),
      /which did not find it/,
    ],
    ['a life beyond the absolute end', ({ sightings }) => sightings.push(seen(103)), /past its/],
    [
      'a lost change',
      ({ writes, readings }) => {
        writes.push(write(3, 1), write(5, 2));
        readings.push(read(7, 1));
      },
      /k was read as 1/,
    ],
    [
      'a removed key that is back',
      ({ writes, readings }) => {
        writes.push(write(3, 1), write(5, undefined));
        readings.push(read(7, 1));
      },
      /k was read as 1/,
    ],
    [
      'a request whose change was lost while its session lived on',
      ({ writes, readings, sightings }) => {
        writes.push(write(3, 1, false));
        sightings.push(seen(5));
        readings.push(read(7, undefined));
      },
      /k was read as undefined/,
    ],
    [
      'a visit that was counted twice',
      ({ visits, readings }) => {
        visits.push(write(3, 1));
        readings.push(read(5, undefined, 2));
      },
      /2 visits, not 1 to 1/,
    ],
    [
      'more sessions than the limit',
      ({ births, sightings }) => {
        births.push({ id: 'b', handle: 'hb', user: 'ann', chain: 2, from: 3, to: 4 });
        sightings.push(seen(6), { ...seen(6), id: 'b' });
      },
      /ann had 2 sessions at a time/,
    ],
    [
      'an id that comes again',
      ({ births }) => births.push({ ...births[0]!, chain: 2 }),
      /ha began twice/,
    ],
  ])('finds %s', (_, prepare, finding) => {
    expect(historyOf(prepare).findings()).toEqual([expect.stringMatching(finding)]);
  });

  it('finds nothing in what happened at the same time', () => {
    const checker = historyOf(({ writes, readings, sightings, endings }) => {
      writes.push(write(3, 1), write(3.5, 2), write(4, 3, false));
      readings.push(read(4, 1), read(5, 2), read(5, 3));
      endings.push({ ids: ['a'], by: 'logout', graceMs: 0, from: 6, to: 8 });
      sightings.push(seen(7), seen(7.5, false));
    });
    expect(checker.findings()).toEqual([]);
  });

  it('finds sessions that are in no list, and sessions that nobody was told of', () => {
    const rest = { listed: [], found: ['a'], stored: ['a', 'x'] };
    const findings = historyOf(() => undefined).findingsAtRest(rest);
    expect(findings).toEqual([
      'ha of ann lives and is in no list',
      'a session is stored that nobody was told of',
    ]);
  });

  it.each<[string, LifeEvent[], string[]]>([
    ['one beginning and one end', eventsOf('created', 'expired'), []],
    ['an end that is missing', eventsOf('created'), ['ha: created']],
    ['two ends', eventsOf('created', 'revoked', 'expired'), ['ha: created, revoked, expired']],
    ['a beginning that is missing', eventsOf('destroyed'), ['ha: destroyed']],
  ])('judges events: %s', (_, events, findings) => {
    expect(historyOf(() => undefined).findingsOfEvents(events)).toEqual(findings);
  });
});

function eventsOf(...names: string[]): LifeEvent[] {
  return names.map((name) => ({ name, handle: 'ha' }));
}
