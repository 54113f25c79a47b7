export interface Product {
  readonly id: number;
  readonly name: string;
  readonly brand: string;
  readonly category: string;
  /** Such as `Table Lamp`. */
  readonly kind: string;
  readonly color: string;
  readonly description: string;
  readonly priceCents: number;
  readonly stock: number;
  /** Mean of the reviews, 1 to 5; null without any. */
  readonly rating: number | null;
  readonly reviews: number;
  /** Pieces sold so far. */
  readonly sold: number;
}

export interface ProductPage {
  readonly items: readonly Product[];
  readonly total: number;
  readonly page: number;
  readonly pages: number;
}

/** What a shop assistant may change. */
export type ProductChanges = Partial<
  Pick<Product, 'name' | 'description' | 'priceCents' | 'stock'>
>;
