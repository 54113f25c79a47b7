/** What one statement needs. Values go in `params` as `$1`, `$2`, never into the text. */
export interface Queries {
  query<Row>(sql: string, params?: readonly unknown[]): Promise<Row[]>;
}

/** The shop's Postgres: a server, or PGlite inside this process. Also the token to inject it by. */
export abstract class Database implements Queries {
  abstract query<Row>(sql: string, params?: readonly unknown[]): Promise<Row[]>;
  /** All of the statements, or none of them. */
  abstract transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T>;
  abstract close(): Promise<void>;
}
