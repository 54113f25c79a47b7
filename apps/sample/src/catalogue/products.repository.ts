import { Inject, Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { Product, ProductChanges, ProductPage } from './product.js';
import type { ProductQuery } from './product-query.js';

export const PAGE_SIZE = 20;

const COLUMNS = `p.id, p.name, p.brand, p.category, p.kind, p.color, p.description,
  p.price_cents AS "priceCents", p.stock,
  r.rating, coalesce(r.reviews, 0) AS reviews, coalesce(s.sold, 0) AS sold`;

const RATINGS = `SELECT product_id, round(avg(rating), 1)::float8 AS rating, count(*)::int AS reviews
  FROM reviews`;
const SALES = `SELECT product_id, sum(quantity)::int AS sold FROM order_lines`;

const MATCHES = `($1 = '' OR p.category = $1)
  AND (p.name || ' ' || p.brand || ' ' || p.category || ' ' || p.color || ' ' || p.description) ILIKE ALL ($2::text[])`;

/** Products in Postgres. The queries are what they are: slow enough to be worth a cache. */
@Injectable()
export class ProductsRepository {
  constructor(@Inject(Database) private readonly database: Database) {}

  /** Products that match: those with the words in their name first, then by sales. */
  async search({ q, category, page }: ProductQuery): Promise<ProductPage> {
    const words = q.split(/\s+/).filter(Boolean).map(containing);
    const [counted] = await this.database.query<{ total: number }>(
      `SELECT count(*)::int AS total FROM products p WHERE ${MATCHES}`,
      [category, words],
    );
    const total = counted?.total ?? 0;
    const items = await this.database.query<Product>(
      `SELECT ${COLUMNS} FROM products p
       LEFT JOIN (${RATINGS} GROUP BY product_id) r ON r.product_id = p.id
       LEFT JOIN (${SALES} GROUP BY product_id) s ON s.product_id = p.id
       WHERE ${MATCHES}
       ORDER BY p.name ILIKE ALL ($2::text[]) DESC, s.sold DESC NULLS LAST, p.id
       LIMIT ${PAGE_SIZE} OFFSET $3::int`,
      [category, words, (page - 1) * PAGE_SIZE],
    );
    return { items, total, page, pages: Math.max(1, Math.ceil(total / PAGE_SIZE)) };
  }

  async find(id: number): Promise<Product | undefined> {
    const [product] = await this.database.query<Product>(
      `SELECT ${COLUMNS} FROM products p
       LEFT JOIN LATERAL (${RATINGS} WHERE product_id = p.id GROUP BY product_id) r ON true
       LEFT JOIN LATERAL (${SALES} WHERE product_id = p.id GROUP BY product_id) s ON true
       WHERE p.id = $1`,
      [id],
    );
    return product;
  }

  /** What those who look at this also buy: the best sellers of its kind. */
  related({ id, kind }: Product): Promise<Product[]> {
    return this.database.query<Product>(
      `SELECT ${COLUMNS} FROM products p
       LEFT JOIN (${RATINGS} GROUP BY product_id) r ON r.product_id = p.id
       LEFT JOIN (${SALES} GROUP BY product_id) s ON s.product_id = p.id
       WHERE p.kind = $1 AND p.id <> $2
       ORDER BY s.sold DESC NULLS LAST, p.id LIMIT 4`,
      [kind, id],
    );
  }

  async categories(): Promise<string[]> {
    const rows = await this.database.query<{ category: string }>(
      'SELECT DISTINCT category FROM products ORDER BY category',
    );
    return rows.map(({ category }) => category);
  }

  async update(id: number, changes: ProductChanges): Promise<Product | undefined> {
    await this.database.query(
      `UPDATE products SET
         name = coalesce($2, name), description = coalesce($3, description),
         price_cents = coalesce($4::int, price_cents), stock = coalesce($5::int, stock)
       WHERE id = $1`,
      [id, changes.name, changes.description, changes.priceCents, changes.stock].map(orNull),
    );
    return this.find(id);
  }
}

/** A pattern for text that contains the word, with the wildcards of LIKE taken literally. */
function containing(word: string): string {
  return `%${word.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}

function orNull(value: unknown): unknown {
  return value ?? null;
}
