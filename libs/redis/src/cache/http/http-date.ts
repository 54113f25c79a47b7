const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAY = '(?:mon|tue|wed|thu|fri|sat|sun)';
const MONTH = `(?<month>${MONTHS.join('|')})`;
const TIME = '(?<hour>\\d{2}):(?<minute>\\d{2}):(?<second>\\d{2})';

/** The three forms of HTTP-date: IMF-fixdate, that of RFC 850, and that of asctime. Case does not count: RFC 9111 section 4.2. */
const FORMS = [
  new RegExp(`^${DAY}, (?<day>\\d{2}) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`, 'i'),
  new RegExp(
    `^(?:mon|tues|wednes|thurs|fri|satur|sun)day, (?<day>\\d{2})-${MONTH}-(?<year>\\d{2}) ${TIME} GMT$`,
    'i',
  ),
  new RegExp(`^${DAY} ${MONTH} (?<day>\\d{2}| \\d) ${TIME} (?<year>\\d{4})$`, 'i'),
];

/**
 * Reads an HTTP-date into milliseconds since the epoch; undefined when it is none. Only `GMT` counts
 * as a zone. Source: RFC 9110 section 5.6.7, RFC 9111 section 4.2.
 *
 * @param now what a year of two digits is measured by
 */
export function parseHttpDate(text: string, now: number = Date.now()): number | undefined {
  for (const form of FORMS) {
    const groups = form.exec(text)?.groups;
    if (groups) return timeOf(groups, now);
  }
  return undefined;
}

function timeOf(
  groups: Readonly<Record<string, string | undefined>>,
  now: number,
): number | undefined {
  const { day, hour, minute, second, year = '', month = '' } = groups;
  // 60 is a leap second.
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  const fullYear = year.length === 2 ? century(now) + Number(year) : Number(year);
  const date = new Date(0);
  date.setUTCFullYear(fullYear, MONTHS.indexOf(month.toLowerCase()), Number(day));
  if (date.getUTCDate() !== Number(day)) return undefined;
  const time = date.setUTCHours(Number(hour), Number(minute), Number(second));
  // More than 50 years ahead means the past: RFC 9110 section 5.6.7.
  const isTooFar = year.length === 2 && time > new Date(now).setUTCFullYear(yearOf(now) + 50);
  return isTooFar ? date.setUTCFullYear(fullYear - 100) : time;
}

function century(now: number): number {
  return yearOf(now) - (yearOf(now) % 100);
}

function yearOf(now: number): number {
  return new Date(now).getUTCFullYear();
}
