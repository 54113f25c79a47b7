import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { SettingsError, type ShopSettings } from '../settings.js';
import { Database } from './database.js';
import { EmbeddedDatabase } from './embedded-database.js';
import { createSchema } from './schema.js';
import { seed } from './seed.js';
import { ServerDatabase } from './server-database.js';

/** Gives every module the `Database`, with its tables and its demo data. */
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(Database) private readonly database: Database) {}

  static with(settings: ShopSettings): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [{ provide: Database, useFactory: () => openDatabase(settings) }],
      exports: [Database],
    };
  }

  onApplicationShutdown(): Promise<void> {
    return this.database.close();
  }
}

async function openDatabase({ databaseUrl, dataDir }: ShopSettings): Promise<Database> {
  try {
    const database = databaseUrl
      ? new ServerDatabase(databaseUrl)
      : await EmbeddedDatabase.open(dataDir);
    await database.transaction(async (queries) => {
      // Two shops that start at once on one server: the second waits, and finds everything done.
      await queries.query('SELECT pg_advisory_xact_lock(728301)');
      await createSchema(queries);
      await seed(queries);
    });
    return database;
  } catch (error) {
    throw new SettingsError(`Postgres is not usable: ${reasonOf(error)}. ${remedy(databaseUrl)}`, {
      cause: error,
    });
  }
}

/** A refused connection to a host with two addresses is an AggregateError without a message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}

function remedy(databaseUrl: string | undefined): string {
  return databaseUrl
    ? 'Check DATABASE_URL, or leave it out to use the embedded Postgres.'
    : 'Check SHOP_DATA_DIR, or leave it out to keep the data in memory.';
}
