import { Inject, Injectable, type MessageEvent } from '@nestjs/common';
import { InjectLeaderboard, PubSub, type Leaderboard } from 'nestjs-redis-kit';
import { auditTime, EMPTY, interval, map, merge, share, switchMap, type Observable } from 'rxjs';
import { CatalogueService } from '../catalogue/catalogue.service.js';
import { SALES_OF_THE_DAY, sales, type BoardRow, type Sale } from './purchase.js';
import { Sales } from './sales.js';

const PLACES = 10;
/** The board is read at most this often, however many sales there are and pages look. */
const BOARD_EVERY_MS = 500;
/** A proxy that sees nothing closes the connection. */
const ALIVE_EVERY_MS = 20_000;

export interface LiveState {
  readonly board: readonly BoardRow[];
  readonly recent: readonly Sale[];
}

/** What the pages see happen. One subscription of this process serves them all. */
@Injectable()
export class LiveService {
  readonly events: Observable<MessageEvent>;

  constructor(
    @Inject(PubSub) pubSub: PubSub,
    @InjectLeaderboard(SALES_OF_THE_DAY) private readonly board: Leaderboard,
    @Inject(Sales) private readonly counted: Sales,
    @Inject(CatalogueService) private readonly catalogue: CatalogueService,
  ) {
    const sold = pubSub.observe(sales).pipe(share());
    this.events = merge(
      sold.pipe(map(({ data }) => ({ type: 'sale', data }))),
      sold.pipe(
        auditTime(BOARD_EVERY_MS),
        // A page that misses one sees the next.
        switchMap(() => this.#rows().catch(() => undefined)),
        switchMap((rows) => (rows ? [{ type: 'board', data: rows }] : EMPTY)),
      ),
      interval(ALIVE_EVERY_MS).pipe(map(() => ({ type: 'alive', data: '' }))),
    ).pipe(share());
  }

  async now(): Promise<LiveState> {
    const [board, recent] = await Promise.all([this.#rows(), this.counted.recent()]);
    return { board, recent };
  }

  async #rows(): Promise<BoardRow[]> {
    const top = await this.board.top(PLACES);
    const most = top[0]?.score ?? 1;
    return Promise.all(
      top.map(async ({ member, score, rank }) => {
        const { id, name, category } = await this.catalogue.find(Number(member));
        const percent = Math.round((100 * score) / most);
        return { rank, productId: id, name, category, pieces: score, share: percent };
      }),
    );
  }
}
