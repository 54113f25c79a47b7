import { Module } from '@nestjs/common';
import { RedisModule } from 'nestjs-redis-kit';
import { CartModule } from '../cart/cart.module.js';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { CheckoutService } from './checkout.service.js';
import { LiveController } from './live.controller.js';
import { LiveService } from './live.service.js';
import { PURCHASES, SALES_OF_THE_DAY } from './purchase.js';
import { Sales } from './sales.js';

@Module({
  imports: [
    CatalogueModule,
    CartModule,
    RedisModule.forFeature({
      // A product that reached its number first stands before one that did later.
      leaderboards: { [SALES_OF_THE_DAY]: { season: 'day', ties: 'first-reached', keep: '7d' } },
      streams: { [PURCHASES]: {} },
    }),
  ],
  controllers: [LiveController],
  providers: [CheckoutService, LiveService, Sales],
})
export class LiveModule {}
