import 'reflect-metadata';
import type { Server } from 'node:http';
import {
  Controller,
  Get,
  Module,
  Param,
  UseInterceptors,
  type ModuleMetadata,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { origin } from './origin.js';

/** The cached routes, behind the interceptors of a cache or behind none. */
export function itemsController(...interceptors: Type<NestInterceptor>[]): Type<unknown> {
  @Controller()
  @UseInterceptors(...interceptors)
  class ItemsController {
    @Get('items/:size')
    item(@Param('size') size: string): object {
      return origin.item(size);
    }

    @Get('slow/:id')
    slow(): Promise<object> {
      return origin.slow();
    }
  }
  return ItemsController;
}

/** A Nest application on Express, as `nest new` makes it, on a free loopback port. */
export async function startNest(
  metadata: ModuleMetadata,
  prepare: (app: NestExpressApplication) => void = () => undefined,
): Promise<Server> {
  @Module(metadata)
  class AppModule {}
  const app = await NestFactory.create<NestExpressApplication>(AppModule, {
    logger: ['error', 'warn'],
  });
  prepare(app);
  await app.listen(0, '127.0.0.1');
  return app.getHttpServer();
}
