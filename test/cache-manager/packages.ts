import * as theirs from '@nestjs/cache-manager';
import type { Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import type { ModuleMetadata } from '@nestjs/common';
import * as ours from 'nestjs-redis-kit/cache-manager';
import { urlOf } from '../support/app.js';

export type Package = typeof ours;

/** The same code runs on both: what differs is the import. */
export const PACKAGES: readonly (readonly [string, Package])[] = [
  ['@nestjs/cache-manager', theirs as unknown as Package],
  ['nestjs-redis-kit/cache-manager', ours],
];

export const [[, THEIRS], [, OURS]] = PACKAGES as readonly [
  readonly [string, Package],
  readonly [string, Package],
];

/** Theirs ignores the connection. */
export function optionsFor(url: string): ours.CacheModuleOptions {
  return { connection: url };
}

export interface Site {
  readonly app: NestExpressApplication;
  readonly url: string;
  readonly cache: ours.Cache;
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
  readonly text: (path: string, init?: RequestInit) => Promise<string>;
}

/** An application of the modules and controllers, on a port. */
export async function startSite(kit: Package, metadata: ModuleMetadata): Promise<Site> {
  const module = await Test.createTestingModule(metadata).compile();
  const app = module.createNestApplication<NestExpressApplication>({ logger: false });
  await app.listen(0, '127.0.0.1');
  const url = await urlOf(app);
  const get = (path: string, init?: RequestInit): Promise<Response> => fetch(url + path, init);
  return {
    app,
    url,
    get,
    text: async (path, init) => (await get(path, init)).text(),
    cache: app.get<ours.Cache>(kit.CACHE_MANAGER as unknown as Type<ours.Cache>, {
      strict: false,
    }),
  };
}
