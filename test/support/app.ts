import 'reflect-metadata';
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { RedisModule, type RedisModuleOptions } from 'nestjs-redis-kit';

/**
 * A busy machine may hold up a process for longer than the 250 ms that the cache waits for Redis, and
 * then a test counts one load more. Tests of the deadline give their own.
 */
export const PATIENCE = '2s';

export const SECRET = 'a secret for tests, longer than 32 characters';

/** A small application with the module, patient with Redis, on a free loopback port. Close it in the test. */
export async function startApp(
  options: RedisModuleOptions,
  metadata: ModuleMetadata = {},
  prepare: (app: NestExpressApplication) => void = () => undefined,
): Promise<NestExpressApplication> {
  const module = await Test.createTestingModule({
    ...metadata,
    imports: [RedisModule.forRoot(patient(options)), ...(metadata.imports ?? [])],
  }).compile();
  const app = module.createNestApplication<NestExpressApplication>({ logger: false });
  try {
    prepare(app);
    return await listening(app);
  } catch (error) {
    await app.close();
    throw error;
  }
}

function patient(options: RedisModuleOptions): RedisModuleOptions {
  return { ...options, cache: { deadline: PATIENCE, ...options.cache } };
}

async function listening(app: NestExpressApplication): Promise<NestExpressApplication> {
  await app.listen(0, '127.0.0.1');
  return app;
}

export async function urlOf(app: INestApplication): Promise<string> {
  return (await app.getUrl()).replace('[::1]', '127.0.0.1');
}
