import { afterEach, expect, it } from '@jest/globals';
import type { INestApplication, LoggerService } from '@nestjs/common';
import { CacheService, SessionService } from 'nestjs-redis-kit';
import { startStandalone, type StandaloneTopology } from 'nestjs-redis-kit/testing';
import { SECRET, startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';

/** With REDIS_SERVER_BIN a Redis before 6.2; see scripts/test-versions.mjs. */
let redis: StandaloneTopology;
let app: INestApplication | undefined;
afterEach(async () => {
  await app?.close();
  await redis.stop();
});

it('says in one line that a server is too old, and starts', async () => {
  redis = await startStandalone();
  const lines: string[] = [];
  const ignore = (): void => undefined;
  const warn = (line: string): void => void lines.push(line);
  const logger: LoggerService = { log: ignore, error: ignore, debug: ignore, warn };
  app = await startApp(
    {
      connection: redis.url,
      cache: { deadline: '10s' },
      session: { secret: SECRET, deadline: '10s' },
    },
    {},
    (made) => made.useLogger(logger),
  );
  await eventually(() => expect(lines).toHaveLength(1));
  expect(lines[0]).toMatch(/`default`: the server is Redis 6\.0\.\d+, and 6\.2 is the oldest/);
  // What it says is a warning: most of it works.
  await app.get(CacheService).set('key', 'value');
  expect(await app.get(CacheService).get('key')).toBe('value');
  expect(await app.get(SessionService).create()).toBeDefined();
});
