import { Inject, Injectable } from '@nestjs/common';
import {
  InjectLeaderboard,
  InjectRedis,
  OnStreamMessage,
  PubSub,
  type Leaderboard,
  type RedisClient,
} from 'nestjs-redis-kit';
import {
  PURCHASES,
  SALES_OF_THE_DAY,
  sales,
  salesOf,
  type Purchase,
  type Sale,
} from './purchase.js';

const RECENT_KEY = 'app:recent-sales';
const MOST_RECENT = 20;

/**
 * Counts each purchase once, in whichever process takes it. A purchase may come twice (its process was killed before
 * it was done), so every step can be repeated: the increments have operation ids, the feed is a sorted set.
 */
@Injectable()
export class Sales {
  constructor(
    @InjectLeaderboard(SALES_OF_THE_DAY) private readonly board: Leaderboard,
    @Inject(PubSub) private readonly pubSub: PubSub,
    @InjectRedis() private readonly redis: RedisClient,
  ) {}

  @OnStreamMessage(PURCHASES, { group: 'sales', concurrency: 10 })
  async count(purchase: Purchase): Promise<void> {
    // Of the day on which it was bought, not of the one on which it is counted.
    const board = this.board.at(new Date(purchase.at));
    for (const sale of salesOf(purchase)) {
      await board.increment(String(sale.productId), sale.quantity, { operation: sale.id });
      await this.redis.zadd(RECENT_KEY, sale.at, JSON.stringify(sale));
      await this.pubSub.publish(sales, sale);
    }
    await this.redis.zremrangebyrank(RECENT_KEY, 0, -MOST_RECENT - 1);
  }

  /** The last ones, newest first. */
  async recent(): Promise<Sale[]> {
    const texts = await this.redis.zrevrange(RECENT_KEY, 0, MOST_RECENT - 1);
    return texts.map((text) => JSON.parse(text) as Sale);
  }
}
