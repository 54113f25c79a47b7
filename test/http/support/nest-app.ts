import type { ModuleMetadata } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { RedisModuleOptions } from 'nestjs-redis-kit';
import { startApp, urlOf } from '../../support/app.js';
import { RedisServer } from '../../support/redis-server.js';
import { sendRaw, type RawRequest, type Reply } from './raw-client.js';

/** A Nest application with a Redis of its own, and a client that reads answers as they come. */
export class NestApp {
  private constructor(
    readonly redis: RedisServer,
    readonly app: NestExpressApplication,
    readonly url: string,
  ) {}

  static async start(
    metadata: ModuleMetadata,
    options: Omit<RedisModuleOptions, 'connection'> = {},
    prepare?: (app: NestExpressApplication) => void,
  ): Promise<NestApp> {
    const redis = await RedisServer.start();
    const app = await startApp({ connection: redis.url, ...options }, metadata, prepare);
    return new NestApp(redis, app, await urlOf(app));
  }

  send(path: string, request?: RawRequest): Promise<Reply> {
    return sendRaw(this.url + path, request);
  }

  get(path: string, headers?: RawRequest['headers']): Promise<Reply> {
    return this.send(path, { headers });
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.redis.stop();
  }
}
