import { Pool, type PoolClient, type QueryResultRow } from 'pg';
import { Database, type Queries } from './database.js';

/** A Postgres server, by its URL. */
export class ServerDatabase extends Database {
  readonly #pool: Pool;

  constructor(url: string) {
    super();
    this.#pool = new Pool({ connectionString: url, connectionTimeoutMillis: 5000 });
    // An idle connection that breaks is replaced at the next query; without a listener it would end the process.
    this.#pool.on('error', (error) => console.warn(`Postgres: ${error.message}`));
  }

  query<Row>(sql: string, params: readonly unknown[] = []): Promise<Row[]> {
    return run<Row>(this.#pool, sql, params);
  }

  async transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    try {
      await client.query('BEGIN');
      const result = await work({ query: (sql, params = []) => run(client, sql, params) });
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

async function run<Row>(
  postgres: Pool | PoolClient,
  sql: string,
  params: readonly unknown[],
): Promise<Row[]> {
  const { rows } = await postgres.query<QueryResultRow>(sql, [...params]);
  return rows as Row[];
}
