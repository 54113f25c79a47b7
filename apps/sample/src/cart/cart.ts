import type { Product } from '../catalogue/product.js';
import { quantityOf, type CartContents } from './cart-contents.js';

export interface CartLine {
  readonly productId: number;
  readonly name: string;
  readonly priceCents: number;
  readonly quantity: number;
  readonly totalCents: number;
}

/** A cart as it is shown. */
export interface Cart {
  readonly items: readonly CartLine[];
  /** Pieces. */
  readonly count: number;
  readonly totalCents: number;
}

export function cartOf(contents: CartContents, products: readonly Product[]): Cart {
  const items = products.map(({ id, name, priceCents }) => {
    const quantity = quantityOf(contents, id);
    return { productId: id, name, priceCents, quantity, totalCents: priceCents * quantity };
  });
  return {
    items,
    count: items.reduce((sum, { quantity }) => sum + quantity, 0),
    totalCents: items.reduce((sum, { totalCents }) => sum + totalCents, 0),
  };
}
