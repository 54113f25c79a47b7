import type { Queries } from './database.js';

const TABLES = [
  `CREATE TABLE IF NOT EXISTS users (
     id text PRIMARY KEY,
     email text NOT NULL UNIQUE,
     name text NOT NULL,
     password_hash text NOT NULL,
     member_since date NOT NULL
   )`,
  `CREATE TABLE IF NOT EXISTS products (
     id integer PRIMARY KEY,
     name text NOT NULL,
     brand text NOT NULL,
     category text NOT NULL,
     kind text NOT NULL,
     color text NOT NULL,
     description text NOT NULL,
     price_cents integer NOT NULL CHECK (price_cents > 0),
     stock integer NOT NULL CHECK (stock >= 0)
   )`,
  `CREATE TABLE IF NOT EXISTS order_lines (
     product_id integer NOT NULL,
     quantity integer NOT NULL,
     price_cents integer NOT NULL
   )`,
  `CREATE TABLE IF NOT EXISTS reviews (
     product_id integer NOT NULL,
     rating integer NOT NULL CHECK (rating BETWEEN 1 AND 5)
   )`,
];

export async function createSchema(queries: Queries): Promise<void> {
  for (const table of TABLES) await queries.query(table);
}
