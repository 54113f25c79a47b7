// From a running Node to a module that is ready, with a Redis of its own.
import { createRequire } from 'node:module';
import { report } from './report.js';

await import('reflect-metadata');
// What the package builds on: its import is measured beside it.
const { NestFactory } = await import('@nestjs/core');
for (const peer of ['@nestjs/platform-express', 'express-session', 'rxjs']) await import(peer);
// The copy that the package uses. That of this folder is another one, for a peer that needs it.
const { cache, resolve } = createRequire(import.meta.resolve('nestjs-redis-kit'));
await import(resolve('ioredis'));
const before = ofIoredis();
const beforeImport = performance.now();
const { RedisModule } = await import('nestjs-redis-kit');
const imported = performance.now();
if (ofIoredis() !== before) throw new Error('The import has loaded an ioredis of its own.');
const app = await NestFactory.createApplicationContext(
  RedisModule.forRoot({ connection: 'embedded', cache: {} }),
  { logger: ['error'] },
);
const ready = performance.now();
await app.close();
report({ 'start.import': imported - beforeImport, 'start.module': ready - imported });

/** How many of its modules have been loaded, of any copy. */
function ofIoredis(): number {
  return Object.keys(cache).filter((path) => path.includes('/node_modules/ioredis/')).length;
}
