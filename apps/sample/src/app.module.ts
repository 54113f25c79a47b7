import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { mergeCounter, RedisModule } from 'nestjs-redis-kit';
import { RedisDashboardModule } from 'nestjs-redis-kit/dashboard';
import { AccountModule } from './account/account.module.js';
import { adminGuard } from './account/admin.guard.js';
import { mergeCarts } from './cart/cart-contents.js';
import { CartModule } from './cart/cart.module.js';
import { CatalogueModule } from './catalogue/catalogue.module.js';
import { DatabaseModule } from './database/database.module.js';
import { DevicesModule } from './devices/devices.module.js';
import { LiveModule } from './live/live.module.js';
import type { ShopSettings } from './settings.js';
import { VisitsModule } from './visits/visits.module.js';
import { CsrfController } from './web/csrf.controller.js';
import { ShopCsrfGuard } from './web/shop-csrf.guard.js';

@Module({})
export class AppModule {
  static with(settings: ShopSettings): DynamicModule {
    return {
      module: AppModule,
      imports: [
        // All there is to set up: one Redis for the cache and the sessions of the whole application.
        RedisModule.forRoot({
          connection: settings.redis,
          // Cached pages and answers of the API are compressed once, not once per request.
          cache: {
            ttl: '5m',
            http: {
              encodings: ['br', 'gzip'],
              // What is cached here is invalidated when it changes, so a browser's reload need not ask the database.
              requestDirectives: false,
            },
          },
          session: {
            secret: settings.sessionSecret,
            idleTimeout: '30m',
            absoluteTimeout: '12h',
            loginUrl: '/login',
            // Browsers have a cookie, apps a token.
            transport: 'both',
            // A page hears of a logout that another node did.
            shareEvents: true,
            // Two tabs that change one key at the same moment: both changes count.
            mergers: { cart: mergeCarts, views: mergeCounter },
          },
        }),
        RedisDashboardModule.forRoot({
          path: '/redis',
          guard: adminGuard(settings.adminEmail),
          imports: [AccountModule],
        }),
        DatabaseModule.with(settings),
        CatalogueModule,
        AccountModule,
        CartModule,
        DevicesModule,
        LiveModule,
        VisitsModule,
      ],
      controllers: [CsrfController],
      providers: [{ provide: APP_GUARD, useClass: ShopCsrfGuard }],
    };
  }
}
