import { EventChannel } from './channels.js';

/** What has a value at any time, as opposed to what is counted when it happens. */
export interface GaugeReading {
  /** Name in the catalog of metrics, such as `nestjs_redis_kit.cache.memory.entries`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** A promise for what Redis has to be asked; one that is late or fails is left out. */
  readonly value: number | Promise<number>;
}

export interface GaugesWantedEvent {
  readonly report: (reading: GaugeReading) => void;
}

/** Somebody wants the gauges: whoever has some reports them at once. Nothing is kept up while nobody asks. */
export const gaugesWanted = new EventChannel<GaugesWantedEvent>('nestjs-redis-kit:gauges:wanted');
