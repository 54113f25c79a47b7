import { asError, RedisKitError } from '../../common/errors.js';
import type { Change, CacheSource } from './cache-source.js';
import type { RecordedChange, Task } from './change-ledger.js';
import { meansOutage } from './outage.js';

/** Single writes under way at once. */
const CONCURRENCY = 8;

/** `failed`: the source refused the change. `outage`: the source is down, which says nothing about the change. */
export type Outcome = { readonly kind: 'written'; readonly task: Task } | FailedOutcome;

export interface FailedOutcome {
  readonly kind: 'failed' | 'outage';
  readonly task: Task;
  readonly error: Error;
}

export function hasFailed(outcome: Outcome): outcome is FailedOutcome {
  return outcome.kind !== 'written';
}

export interface SourceWriterOptions<T> {
  readonly source: () => CacheSource<T>;
  /** @throws when the bytes cannot be read */
  readonly decode: (change: RecordedChange) => T;
  readonly timeoutMs: number;
}

/** Writes tasks to the source: new ones in one batch, those that failed before one by one. Never throws. */
export class SourceWriter<T> {
  constructor(private readonly options: SourceWriterOptions<T>) {}

  async write(tasks: readonly Task[]): Promise<Outcome[]> {
    const isBatch = this.options.source().writeBatch !== undefined;
    const fresh = tasks.filter(({ attempts }) => isBatch && attempts === 0);
    const single = tasks.filter(({ attempts }) => !isBatch || attempts > 0);
    return [
      ...(fresh.length > 0 ? await this.#writeBatch(fresh) : []),
      ...(await this.#writeSingly(single)),
    ];
  }

  async #writeBatch(tasks: readonly Task[]): Promise<Outcome[]> {
    const error = await this.#try(async (signal) => {
      const changes = tasks.map(({ newest }) => this.#changeOf(newest));
      await this.options.source().writeBatch?.(changes, { signal });
    });
    return tasks.map((task) => this.#outcome(task, error));
  }

  /** Different keys have no order among them. After the first outage the rest is not even tried. */
  async #writeSingly(tasks: readonly Task[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (let at = 0; at < tasks.length; at += CONCURRENCY) {
      const part = tasks.slice(at, at + CONCURRENCY);
      outcomes.push(...(await Promise.all(part.map((task) => this.#writeOne(task)))));
      const outage = outcomes.find(({ kind }) => kind === 'outage');
      if (!outage) continue;
      const untried = tasks.slice(at + CONCURRENCY);
      return [...outcomes, ...untried.map((task) => ({ ...outage, task }))];
    }
    return outcomes;
  }

  async #writeOne(task: Task): Promise<Outcome> {
    const error = await this.#try(async (signal) => {
      const source = this.options.source();
      const change = this.#changeOf(task.newest);
      const { key, version } = change;
      if (change.kind === 'set' && source.write)
        await source.write(key, change.value, { version, signal });
      else if (change.kind === 'delete' && source.remove)
        await source.remove(key, { version, signal });
      else await source.writeBatch?.([change], { signal });
    });
    return this.#outcome(task, error);
  }

  #outcome(task: Task, error: unknown): Outcome {
    if (error === undefined) return { kind: 'written', task };
    const source = this.options.source();
    const isOutage = source.isOutage ? source.isOutage(error) : meansOutage(error);
    return { kind: isOutage ? 'outage' : 'failed', task, error: asError(error) };
  }

  #changeOf(change: RecordedChange): Change<T> {
    const { key, kind, version } = change;
    return kind === 'delete'
      ? { kind, key, version }
      : { kind, key, value: this.options.decode(change), version };
  }

  /** @returns what went wrong, undefined when nothing did */
  async #try(write: (signal: AbortSignal) => Promise<void>): Promise<unknown> {
    const { timeoutMs } = this.options;
    const late = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        late.abort();
        reject(tookTooLong(timeoutMs));
      }, timeoutMs);
    });
    try {
      await Promise.race([write(late.signal), limit]);
      return undefined;
    } catch (error) {
      return error ?? new Error('The source threw nothing.');
    } finally {
      clearTimeout(timer);
    }
  }
}

function tookTooLong(ms: number): RedisKitError {
  return new RedisKitError(
    'CACHE_SOURCE_TIMEOUT',
    `The source did not finish a write within ${ms} ms; it may still take effect.`,
  );
}
