/** A stretch of time with a board of its own. */
export interface Season {
  /** 1 to 64 letters, digits or `. _ -`, such as `2026-W47`; never the same for two seasons of one board. */
  readonly id: string;
  readonly startsAt: Date;
  /** The first moment of the next one. */
  readonly endsAt: Date;
}

/** Tells the season of a moment. Every process must tell the same one. */
export type SeasonOf = (moment: Date) => Season;

/** Days, ISO 8601 weeks (from Monday) or months, all in UTC. */
export type SeasonName = 'day' | 'week' | 'month';

const DAY_MS = 24 * 60 * 60 * 1000;

export const SEASONS: Readonly<Record<SeasonName, SeasonOf>> = {
  day: (moment) => {
    const startsAt = startOfDay(moment);
    return { id: isoDate(startsAt), startsAt, endsAt: addDays(startsAt, 1) };
  },
  week: (moment) => {
    const day = startOfDay(moment);
    const startsAt = addDays(day, -((day.getUTCDay() + 6) % 7));
    return { id: isoWeek(startsAt), startsAt, endsAt: addDays(startsAt, 7) };
  },
  month: (moment) => {
    const year = moment.getUTCFullYear();
    const month = moment.getUTCMonth();
    const startsAt = new Date(Date.UTC(year, month));
    return {
      id: isoDate(startsAt).slice(0, 7),
      startsAt,
      endsAt: new Date(Date.UTC(year, month + 1)),
    };
  },
};

/** The week belongs to the year that its Thursday is in. Source: ISO 8601, week dates. */
function isoWeek(monday: Date): string {
  const thursday = addDays(monday, 3);
  const year = thursday.getUTCFullYear();
  const days = (thursday.getTime() - Date.UTC(year, 0)) / DAY_MS;
  return `${year}-W${String(Math.floor(days / 7) + 1).padStart(2, '0')}`;
}

function startOfDay(moment: Date): Date {
  return new Date(Math.floor(moment.getTime() / DAY_MS) * DAY_MS);
}

function addDays(day: Date, days: number): Date {
  return new Date(day.getTime() + days * DAY_MS);
}

function isoDate(day: Date): string {
  return day.toISOString().slice(0, 10);
}
