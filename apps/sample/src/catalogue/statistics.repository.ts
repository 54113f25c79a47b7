import { Inject, Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

export interface CategoryStatistics {
  readonly category: string;
  readonly products: number;
  readonly sold: number;
  readonly revenueCents: number;
  /** Mean of all reviews in the category. */
  readonly rating: number;
}

export interface Bestseller {
  readonly id: number;
  readonly name: string;
  readonly kind: string;
  readonly color: string;
  readonly category: string;
  readonly sold: number;
  readonly revenueCents: number;
}

export interface ShopStatistics {
  readonly products: number;
  readonly sold: number;
  readonly revenueCents: number;
  readonly categories: readonly CategoryStatistics[];
  readonly bestsellers: readonly Bestseller[];
}

/** Sums over every order line and every review. */
@Injectable()
export class StatisticsRepository {
  constructor(@Inject(Database) private readonly database: Database) {}

  async read(): Promise<ShopStatistics> {
    const [categories, bestsellers] = await Promise.all([this.#categories(), this.#bestsellers()]);
    return {
      products: sum(categories.map(({ products }) => products)),
      sold: sum(categories.map(({ sold }) => sold)),
      revenueCents: sum(categories.map(({ revenueCents }) => revenueCents)),
      categories,
      bestsellers,
    };
  }

  #categories(): Promise<CategoryStatistics[]> {
    return this.database.query(
      `SELECT p.category, count(*)::int AS products, sum(s.sold)::int AS sold,
         sum(s.revenue)::float8 AS "revenueCents",
         round(sum(r.stars) / sum(r.reviews), 2)::float8 AS rating
       FROM products p
       LEFT JOIN (SELECT product_id, sum(quantity) AS sold, sum(quantity * price_cents) AS revenue
                  FROM order_lines GROUP BY product_id) s ON s.product_id = p.id
       LEFT JOIN (SELECT product_id, sum(rating)::numeric AS stars, count(*) AS reviews
                  FROM reviews GROUP BY product_id) r ON r.product_id = p.id
       GROUP BY p.category ORDER BY "revenueCents" DESC`,
    );
  }

  #bestsellers(): Promise<Bestseller[]> {
    return this.database.query(
      `SELECT p.id, p.name, p.kind, p.color, p.category, s.sold, s."revenueCents"
       FROM (SELECT product_id, sum(quantity)::int AS sold,
               sum(quantity * price_cents)::float8 AS "revenueCents"
             FROM order_lines GROUP BY product_id ORDER BY sold DESC, product_id LIMIT 10) s
       JOIN products p ON p.id = s.product_id
       ORDER BY s.sold DESC, p.id`,
    );
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
