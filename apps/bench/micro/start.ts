// From a running Node to a module that is ready, with a Redis of its own.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import 'express-session';
import 'ioredis';
import 'rxjs';
import { report } from './report.js';

const beforeImport = performance.now();
const { RedisModule } = await import('nestjs-redis-kit');
const imported = performance.now();
const app = await NestFactory.createApplicationContext(
  RedisModule.forRoot({ connection: 'embedded', cache: {} }),
  { logger: ['error'] },
);
const ready = performance.now();
await app.close();
report({ 'start.import': imported - beforeImport, 'start.module': ready - imported });
