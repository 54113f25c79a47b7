// From a running Node to a module that is ready, with a Redis of its own.
import { report } from './report.js';

const startedAt = performance.now();
await import('reflect-metadata');
// What an application has anyway.
const { NestFactory } = await import('@nestjs/core');
for (const peer of ['@nestjs/platform-express', 'express-session', 'ioredis', 'rxjs'])
  await import(peer);
const beforeImport = performance.now();
const { RedisModule } = await import('nestjs-redis-kit');
const imported = performance.now();
const app = await NestFactory.createApplicationContext(
  RedisModule.forRoot({ connection: 'embedded', cache: {} }),
  { logger: ['error'] },
);
const ready = performance.now();
await app.close();
report({
  'start.import': imported - beforeImport,
  'start.importWithPeers': imported - startedAt,
  'start.module': ready - imported,
});
