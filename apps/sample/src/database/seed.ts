import { hashPassword } from '../account/password.js';
import type { Queries } from './database.js';
import { makeProducts } from './make-products.js';

const ORDER_LINES = 60_000;
const REVIEWS = 40_000;

const DEMO_USERS = [
  { id: 'u1', email: 'alice@example.com', name: 'Alice', password: 'correct horse battery' },
  { id: 'u2', email: 'bob@example.com', name: 'Bob', password: 'quiet orchard lantern' },
];

/** Fills an empty database: the same products, orders and reviews each time. */
export async function seed(queries: Queries): Promise<void> {
  const [existing] = await queries.query<{ id: number }>('SELECT id FROM products LIMIT 1');
  if (existing) return;
  await seedUsers(queries);
  const count = await seedProducts(queries);
  await seedSales(queries, count);
  for (const table of ['order_lines', 'reviews']) {
    await queries.query(`CREATE INDEX ON ${table} (product_id)`);
    await queries.query(`ANALYZE ${table}`);
  }
  await queries.query('ANALYZE products');
}

async function seedUsers(queries: Queries): Promise<void> {
  for (const { id, email, name, password } of DEMO_USERS) {
    await queries.query(`INSERT INTO users VALUES ($1, $2, $3, $4, '2024-03-01')`, [
      id,
      email,
      name,
      await hashPassword(password),
    ]);
  }
}

async function seedProducts(queries: Queries): Promise<number> {
  const products = makeProducts();
  await queries.query(
    `INSERT INTO products
     SELECT * FROM json_to_recordset($1::json) AS p (
       id integer, name text, brand text, category text, kind text, color text,
       description text, price_cents integer, stock integer)`,
    [JSON.stringify(products)],
  );
  return products.length;
}

/**
 * Sales and reviews, made where they are stored. Multiplying the row number by a large odd number
 * scatters it evenly over 32 bits; the power makes a few products sell well and most of them little.
 */
async function seedSales(queries: Queries, products: number): Promise<void> {
  const scattered = (factor: number): string =>
    `(n::bigint * ${factor} % 4294967296) / 4294967296.0::float8`;
  await queries.query(
    `INSERT INTO order_lines
     SELECT p.id, 1 + n % 7 / 3, p.price_cents
     FROM generate_series(1, $1::int) AS n
     JOIN products p ON p.id = 1 + floor($2::int * power(${scattered(2_654_435_761)}, 2.2))::int`,
    [ORDER_LINES, products],
  );
  await queries.query(
    `INSERT INTO reviews
     SELECT product_id, greatest(1, least(5, round(3.2 + product_id % 9 / 5.0 + 3 * ${scattered(3_266_489_917)} - 1.5)))::int
     FROM (SELECT n, 1 + floor($2::int * power(${scattered(2_246_822_519)}, 1.6))::int AS product_id
           FROM generate_series(1, $1::int) AS n) AS r`,
    [REVIEWS, products],
  );
}
