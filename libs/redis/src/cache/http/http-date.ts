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

function timeOf(groups: Readonly<Record<string, string | undefined>>, now: number) {
  const { day, hour, minute, second, year = '' } = groups;
  const month = MONTHS.indexOf((groups.month ?? '').toLowerCase());
  const date = new Date(0);
  const fullYear = year.length === 2 ? nearYear(Number(year), now) : Number(year);
  date.setUTCFullYear(fullYear, month, Number(day));
  if (date.getUTCDate() !== Number(day)) return undefined;
  // 60 is a leap second.
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  return date.setUTCHours(Number(hour), Number(minute), Number(second));
}

/** More than 50 years ahead means the past. Source: RFC 9110 section 5.6.7. */
function nearYear(lastDigits: number, now: number): number {
  const current = new Date(now).getUTCFullYear();
  const year = current - (current % 100) + lastDigits;
  return year > current + 50 ? year - 100 : year;
}
