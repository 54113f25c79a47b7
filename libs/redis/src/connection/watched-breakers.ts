import { gaugesWanted } from '../diagnostics/gauges.js';
import type { BreakerState } from './circuit-breaker.js';

/** Who goes without Redis while a breaker is open. */
export type BreakerUse = 'cache' | 'session' | 'structures';

export interface WatchedBreaker {
  /** Name of the connection that it stands before. */
  readonly connection: string;
  readonly use: BreakerUse;
  readonly state: BreakerState;
}

/** As numbers, in this order: the higher, the worse. */
const STATES: readonly BreakerState[] = ['closed', 'half-open', 'open'];

/** The breakers of an application, for those who watch over it, and their gauges while somebody asks for them. */
export class WatchedBreakers {
  readonly #breakers: {
    readonly connection: string;
    readonly use: BreakerUse;
    readonly breaker: { readonly state: BreakerState };
  }[] = [];
  #stopGauges: (() => void) | undefined;

  /** Reports gauges from now on: not before the application starts, since one that fails to is never closed. */
  start(): void {
    this.#stopGauges ??= gaugesWanted.subscribe(({ report }) => {
      for (const { connection, use, state } of this.list())
        report({
          name: 'nestjs_redis_kit.connection.breaker.state',
          labels: { connection, use },
          value: STATES.indexOf(state),
        });
    });
  }

  add(connection: string, use: BreakerUse, breaker: { readonly state: BreakerState }): void {
    this.#breakers.push({ connection, use, breaker });
  }

  list(): WatchedBreaker[] {
    return this.#breakers.map(({ connection, use, breaker: { state } }) => ({
      connection,
      use,
      state,
    }));
  }

  /** Undefined where that use has none. */
  stateOf(connection: string, use: BreakerUse): BreakerState | undefined {
    return this.list().find((one) => one.connection === connection && one.use === use)?.state;
  }

  /** Reports no more gauges. */
  stop(): void {
    this.#stopGauges?.();
  }
}
