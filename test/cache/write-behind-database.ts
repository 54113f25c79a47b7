import { PGlite } from '@electric-sql/pglite';

/** A change as the child sends it. */
export interface SentChange {
  readonly key: string;
  readonly version: number;
  readonly value: { readonly writer: string; readonly n: number };
}

export interface Row {
  readonly key: string;
  readonly writer: string;
  readonly n: number;
}

/**
 * The database of the kill test: PostgreSQL (PGlite) in the process of the test, which outlives every
 * application. Besides the rows it keeps, in order, every version that anybody tried to write.
 */
export class ItemsDatabase {
  readonly #db = new PGlite();

  async open(): Promise<void> {
    await this.#db.exec(`
      CREATE TABLE item (key text PRIMARY KEY, writer text, n int, version bigint);
      CREATE TABLE tried (seq bigserial PRIMARY KEY, key text, version bigint);
    `);
  }

  close(): Promise<void> {
    return this.#db.close();
  }

  /** One transaction; an older version than that of the row changes nothing. */
  async apply(changes: readonly SentChange[]): Promise<void> {
    const keys = changes.map(({ key }) => key);
    const versions = changes.map(({ version }) => version);
    const writers = changes.map(({ value }) => value.writer);
    const ns = changes.map(({ value }) => value.n);
    await this.#db.transaction(async (tx) => {
      await tx.query(
        'INSERT INTO tried (key, version) SELECT * FROM unnest($1::text[], $2::bigint[])',
        [keys, versions],
      );
      await tx.query(
        `INSERT INTO item SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::bigint[])
         ON CONFLICT (key) DO UPDATE SET writer = EXCLUDED.writer, n = EXCLUDED.n, version = EXCLUDED.version
         WHERE item.version < EXCLUDED.version`,
        [keys, writers, ns, versions],
      );
    });
  }

  async rows(): Promise<Row[]> {
    return (await this.#db.query<Row>('SELECT key, writer, n FROM item')).rows;
  }

  /** Writes tried, and of them those that came a second time, and those that came after a newer one of their key. */
  async tries(): Promise<{ all: number; repeated: number; outOfOrder: number }> {
    const { rows } = await this.#db.query<{ all: number; repeated: number; outOfOrder: number }>(`
      SELECT count(*)::int AS "all",
             (count(*) FILTER (WHERE version = newest))::int AS "repeated",
             (count(*) FILTER (WHERE version < newest))::int AS "outOfOrder"
      FROM (SELECT version, max(version) OVER (
              PARTITION BY key ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS newest
            FROM tried) AS ordered`);
    return rows[0] ?? { all: 0, repeated: 0, outOfOrder: 0 };
  }
}
