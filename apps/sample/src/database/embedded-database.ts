import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite, type Transaction } from '@electric-sql/pglite';
import { Database, type Queries } from './database.js';

/** Postgres compiled to WebAssembly. Nothing to install; one process at a time. */
export class EmbeddedDatabase extends Database {
  private constructor(private readonly postgres: PGlite) {
    super();
  }

  /** @param dataDir where the data stays; without it, in memory */
  static async open(dataDir?: string): Promise<EmbeddedDatabase> {
    if (dataDir) await mkdir(dataDir, { recursive: true });
    const postgres = new PGlite(dataDir ? join(dataDir, 'postgres') : 'memory://');
    await postgres.waitReady;
    return new EmbeddedDatabase(postgres);
  }

  query<Row>(sql: string, params: readonly unknown[] = []): Promise<Row[]> {
    return run<Row>(this.postgres, sql, params);
  }

  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    return this.postgres.transaction((transaction) =>
      work({ query: (sql, params = []) => run(transaction, sql, params) }),
    );
  }

  close(): Promise<void> {
    return this.postgres.close();
  }
}

async function run<Row>(
  postgres: PGlite | Transaction,
  sql: string,
  params: readonly unknown[],
): Promise<Row[]> {
  return (await postgres.query<Row>(sql, [...params])).rows;
}
