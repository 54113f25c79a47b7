import { afterAll, beforeAll, describe } from '@jest/globals';
import { describeCarts } from './two-processes/carts.js';
import { describeDevices } from './two-processes/devices.js';
import { describeNews } from './two-processes/news.js';
import { TwoShops } from './two-processes/two-shops.js';

// One start for all three: two shops fill two databases, which is most of the time.
describe('two processes of the shop on one Redis', () => {
  let shops: TwoShops;

  beforeAll(async () => {
    shops = await TwoShops.open();
  }, 120_000);

  afterAll(() => shops?.close());

  describeCarts(() => shops);
  describeDevices(() => shops);
  // The last of these closes one of the two.
  describeNews(() => shops);
});
