import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { ConnectionOptions } from 'nestjs-redis-kit';

/** Everything the shop takes from its environment. */
export interface ShopSettings {
  /** `PORT`; default 3000, 0 for any free one. */
  readonly port: number;
  /** `REDIS_URL`; without it the shop starts a Redis of its own: `REDIS_SERVER_BIN`, or what is on PATH. */
  readonly redis: ConnectionOptions;
  /** `DATABASE_URL`; without it the shop runs PGlite, a Postgres inside this process. */
  readonly databaseUrl: string | undefined;
  /** `SHOP_DATA_DIR`: where the embedded Redis and Postgres keep their data; without it, in memory. */
  readonly dataDir: string | undefined;
  /** `SESSION_SECRET`; without it a random one, which ends all sessions at the next start. */
  readonly sessionSecret: string;
  readonly isSecretRandom: boolean;
  /** `SHOP_ADMIN`: who may open the dashboard at `/redis`, by email; default Alice, and nobody in production. */
  readonly adminEmail: string | undefined;
}

/** A setting that the shop cannot start with. The message is for the person who starts it. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Reads the settings, all at once, so that a mistake shows at the start and not at the first login. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): ShopSettings {
  const dataDir = env['SHOP_DATA_DIR'] || undefined;
  return {
    port: readPort(env['PORT']),
    redis: env['REDIS_URL'] || embeddedRedis(dataDir, env['REDIS_SERVER_BIN'] || undefined),
    databaseUrl: env['DATABASE_URL'] || undefined,
    dataDir,
    sessionSecret: env['SESSION_SECRET'] || randomSecret(env['NODE_ENV']),
    isSecretRandom: !env['SESSION_SECRET'],
    adminEmail:
      env['SHOP_ADMIN'] || (env['NODE_ENV'] === 'production' ? undefined : 'alice@example.com'),
  };
}

function readPort(text: string | undefined): number {
  if (!text) return 3000;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new SettingsError(`PORT is "${text}". Give a whole number from 0 to 65535.`);
}

function embeddedRedis(dataDir: string | undefined, binary: string | undefined): ConnectionOptions {
  return {
    kind: 'embedded',
    ...(dataDir !== undefined && { folder: join(dataDir, 'redis') }),
    ...(binary !== undefined && { binary }),
  };
}

function randomSecret(nodeEnv: string | undefined): string {
  if (nodeEnv !== 'production') return randomBytes(32).toString('base64url');
  throw new SettingsError(
    'SESSION_SECRET is not set. In production the shop does not start without it: a random one would log ' +
      'everybody out at each start. Set it to at least 32 random characters, for example from `openssl rand -base64 32`.',
  );
}
