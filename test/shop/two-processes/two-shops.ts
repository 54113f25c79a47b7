import { RedisServer } from '../../support/redis-server.js';
import { ShopProcess } from '../shop-process.js';

export const ALICE = { email: 'alice@example.com', password: 'correct horse battery' };
export const BOB = { email: 'bob@example.com', password: 'quiet orchard lantern' };

/** Two processes of the shop on one Redis, as behind a load balancer. */
export class TwoShops {
  private constructor(
    private readonly redis: RedisServer,
    readonly one: ShopProcess,
    readonly other: ShopProcess,
  ) {}

  static async open(): Promise<TwoShops> {
    const redis = await RedisServer.start();
    const env = {
      REDIS_URL: redis.url,
      SESSION_SECRET: 'a secret for tests, longer than 32 characters',
    };
    const [one, other] = await Promise.all([ShopProcess.start(env), ShopProcess.start(env)]);
    return new TwoShops(redis, one, other);
  }

  async close(): Promise<void> {
    await Promise.all([this.one.stop(), this.other.stop()]);
    await this.redis.stop();
  }
}
