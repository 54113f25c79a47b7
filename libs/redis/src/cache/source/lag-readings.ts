import type { GaugeReading } from '../../diagnostics/gauges.js';
import type { WriteBehindService } from './write-behind.service.js';

const NAMES = {
  pending: 'nestjs_redis_kit.cache.source.pending',
  oldestMs: 'nestjs_redis_kit.cache.source.lag',
  deadLetters: 'nestjs_redis_kit.cache.source.dead_letters',
} as const;

/** How far sources are behind: Redis is asked once per cache. The lag is in seconds, as all times in metrics. */
export function lagReadings(writes: WriteBehindService): GaugeReading[] {
  return writes.caches.flatMap((cache) => {
    const lag = writes.lag(cache);
    const labels = { cache };
    return [
      { name: NAMES.pending, labels, value: lag.then(({ pending }) => pending) },
      { name: NAMES.oldestMs, labels, value: lag.then(({ oldestMs }) => oldestMs / 1000) },
      { name: NAMES.deadLetters, labels, value: lag.then(({ deadLetters }) => deadLetters) },
    ];
  });
}
