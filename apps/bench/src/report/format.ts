import type { Target } from '../targets.js';
import type { Summary } from './statistics.js';

/** A number with as many digits as it deserves: 0.93, 12.4, 1,200. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return Number(value.toFixed(digits)).toLocaleString('en-US');
}

/** Median with the least and the greatest: `0.93 (0.91 to 0.97)`. */
export function spread({ median, min, max }: Summary): string {
  return min === max ? number(median) : `${number(median)} (${number(min)} to ${number(max)})`;
}

export function limitOf({ limit, unit }: Target): string {
  const [sign, value] = 'atMost' in limit ? ['≤', limit.atMost] : ['≥', limit.atLeast];
  return `${sign} ${number(value)}${unit && ` ${unit}`}`;
}
