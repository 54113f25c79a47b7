const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const finest = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 });

const NONE = '–';
const isKnown = (value) => typeof value === 'number' && Number.isFinite(value);

export function count(value) {
  return isKnown(value) ? whole.format(value) : NONE;
}

/** As many digits as help. */
export function number(value) {
  if (!isKnown(value)) return NONE;
  if (value === 0 || Math.abs(value) >= 100) return whole.format(value);
  return Math.abs(value) >= 1 ? fine.format(value) : finest.format(value);
}

export function percent(value) {
  return isKnown(value) ? `${fine.format(value * 100)} %` : NONE;
}

export function perSecond(value) {
  return isKnown(value) ? `${number(value)}/s` : NONE;
}

export function bytes(value) {
  if (!isKnown(value)) return NONE;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let at = 0;
  let scaled = value;
  while (scaled >= 1024 && at < units.length - 1) {
    scaled /= 1024;
    at += 1;
  }
  return `${at === 0 ? whole.format(scaled) : fine.format(scaled)} ${units[at]}`;
}

export function milliseconds(value) {
  if (!isKnown(value)) return NONE;
  return value >= 1000 ? duration(value) : `${number(value)} ms`;
}

/** Two units at most. */
export function duration(ms) {
  if (!isKnown(ms)) return NONE;
  if (ms < 1000) return `${whole.format(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${fine.format(seconds)} s`;
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [Math.floor(seconds) % 60, 's'],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}

export function ago(at, now = Date.now()) {
  if (!isKnown(at)) return NONE;
  return now - at < 1500 ? 'just now' : `${duration(Math.floor((now - at) / 1000) * 1000)} ago`;
}

const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

export function time(at) {
  return clock.format(at);
}

/** With the day, where it is not today. */
export function moment(at) {
  const isToday = new Date(at).toDateString() === new Date().toDateString();
  return isToday ? clock.format(at) : `${day.format(at)}, ${clock.format(at).slice(0, 5)}`;
}

/** Bound of a bucket of lives. */
export function life(seconds) {
  return seconds === undefined || seconds === null ? 'longer' : `up to ${duration(seconds * 1000)}`;
}

export function plural(amount, one, many = `${one}s`) {
  return `${count(amount)} ${amount === 1 ? one : many}`;
}

/** What people call a browser; the whole text is told beside it. */
export function device(userAgent) {
  if (!userAgent) return 'Unknown device';
  const find = (names) => names.find(([pattern]) => pattern.test(userAgent))?.[1];
  const browser = find([
    [/Edg\//, 'Edge'],
    [/OPR\//, 'Opera'],
    [/Firefox\//, 'Firefox'],
    [/Chrom(e|ium)\//, 'Chrome'],
    [/Safari\//, 'Safari'],
  ]);
  const system = find([
    [/iPhone/, 'iPhone'],
    [/iPad/, 'iPad'],
    [/Android/, 'Android'],
    [/Windows/, 'Windows'],
    [/Mac OS X/, 'macOS'],
    [/Linux/, 'Linux'],
  ]);
  if (!browser && !system) return userAgent.slice(0, 40);
  return [browser ?? 'Browser', system && `on ${system}`].filter(Boolean).join(' ');
}
