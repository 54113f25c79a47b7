// What the import adds to an application that has Nest and nothing else: ioredis and express-session come with it.
import 'reflect-metadata';
import '@nestjs/core';
import '@nestjs/platform-express';
import 'rxjs';
import { report } from './report.js';

const startedAt = performance.now();
await import('nestjs-redis-kit');
report({ 'start.importInNest': performance.now() - startedAt });
