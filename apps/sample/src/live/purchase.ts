import { topic } from 'nestjs-redis-kit';

/** What a customer bought at once. */
export interface Purchase {
  readonly id: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly lines: readonly PurchaseLine[];
}

export interface PurchaseLine {
  readonly productId: number;
  readonly name: string;
  readonly quantity: number;
}

/** One line of the feed. Nobody is told who bought it. */
export interface Sale extends PurchaseLine {
  /** The same however often the purchase is handled. */
  readonly id: string;
  readonly at: number;
}

export interface BoardRow {
  readonly rank: number;
  readonly productId: number;
  readonly name: string;
  readonly category: string;
  readonly pieces: number;
  /** Of the first one, in percent. */
  readonly share: number;
}

/** Name of the stream and of the leaderboard in `forFeature`. */
export const PURCHASES = 'purchases';
export const SALES_OF_THE_DAY = 'sales-of-the-day';

/** Sales as every process tells its open pages. */
export const sales = topic<Sale>('sales');

export function salesOf({ id, at, lines }: Purchase): Sale[] {
  return lines.map((line) => ({ ...line, at, id: `${id}:${line.productId}` }));
}
