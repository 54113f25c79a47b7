import { describe, expect, it } from '@jest/globals';
import { SEASONS } from './season.js';

describe('seasons', () => {
  it.each([
    ['2026-11-21T23:59:59.999Z', '2026-11-21', '2026-11-21', '2026-11-22'],
    ['2024-02-29T00:00:00.000Z', '2024-02-29', '2024-02-29', '2024-03-01'],
  ])('a day: %s is in %s', (moment, id, startsAt, endsAt) => {
    expect(SEASONS.day(new Date(moment))).toEqual({
      id,
      startsAt: new Date(startsAt),
      endsAt: new Date(endsAt),
    });
  });

  it.each([
    ['2026-11-21', '2026-W47', '2026-11-16', '2026-11-23'],
    // A Monday, and the Sunday before it.
    ['2026-11-23', '2026-W48', '2026-11-23', '2026-11-30'],
    ['2026-11-22T23:59:59.999Z', '2026-W47', '2026-11-16', '2026-11-23'],
    // The first days of a year may be in the last week of the year before, and the other way round.
    ['2027-01-01', '2026-W53', '2026-12-28', '2027-01-04'],
    ['2024-12-30', '2025-W01', '2024-12-30', '2025-01-06'],
  ])('a week: %s is in %s', (moment, id, startsAt, endsAt) => {
    expect(SEASONS.week(new Date(moment))).toEqual({
      id,
      startsAt: new Date(startsAt),
      endsAt: new Date(endsAt),
    });
  });

  it('a month: ends with the year, too', () => {
    expect(SEASONS.month(new Date('2026-12-31T12:00:00Z'))).toEqual({
      id: '2026-12',
      startsAt: new Date('2026-12-01'),
      endsAt: new Date('2027-01-01'),
    });
  });
});
