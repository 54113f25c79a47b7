import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import type { ShopSettings } from './settings.js';
import { ErrorPageFilter } from './web/error-page.filter.js';
import { securityHeaders } from './web/security-headers.js';
import { serverTiming } from './web/server-timing.js';
import { createViewEngine } from './web/view-engine.js';

const here = import.meta.dirname;

/** The whole shop, ready to `listen`. Tests use it as it is; `main.ts` adds the command line. */
export async function createShop(settings: ShopSettings): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(settings), {
    // A start that fails throws its one error here, and nothing is logged before it.
    abortOnError: false,
    bufferLogs: true,
    autoFlushLogs: false,
    logger: ['error', 'warn'],
  });
  app.flushLogs();
  // HTTPS ends at a proxy on this machine or in the private network, if there is one.
  app.set('trust proxy', ['loopback', 'uniquelocal']);
  app.disable('x-powered-by');
  app.use(serverTiming, securityHeaders);
  app.useStaticAssets(join(here, 'public'), { prefix: '/public', maxAge: '1h' });
  app.engine('hbs', createViewEngine(join(here, 'views')));
  app.setBaseViewsDir(join(here, 'views'));
  app.setViewEngine('hbs');
  app.useGlobalFilters(new ErrorPageFilter(app.getHttpAdapter()));
  app.enableShutdownHooks();
  return app;
}
