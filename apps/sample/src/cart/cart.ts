import type { Product } from '../catalogue/product.js';

export const MAX_QUANTITY = 99;

/** What the session holds. Prices and names are looked up when the cart is shown. */
export type CartContents = Readonly<Record<string, number>>;

export interface CartLine {
  readonly productId: number;
  readonly name: string;
  readonly priceCents: number;
  readonly quantity: number;
  readonly totalCents: number;
}

export interface Cart {
  readonly items: readonly CartLine[];
  /** Pieces. */
  readonly count: number;
  readonly totalCents: number;
}

export function addToCart(cart: CartContents, productId: number, quantity: number): CartContents {
  return changeQuantity(cart, productId, (cart[productId] ?? 0) + quantity);
}

/** @param quantity 0 removes the line */
export function changeQuantity(
  cart: CartContents,
  productId: number,
  quantity: number,
): CartContents {
  const { [productId]: _, ...rest } = cart;
  return quantity > 0 ? { ...cart, [productId]: Math.min(quantity, MAX_QUANTITY) } : rest;
}

export function countPieces(cart: CartContents = {}): number {
  return Object.values(cart).reduce((sum, quantity) => sum + quantity, 0);
}

export function cartOf(contents: CartContents, products: readonly Product[]): Cart {
  const items = products.map(({ id, name, priceCents }) => {
    const quantity = contents[id] ?? 0;
    return { productId: id, name, priceCents, quantity, totalCents: priceCents * quantity };
  });
  return {
    items,
    count: items.reduce((sum, { quantity }) => sum + quantity, 0),
    totalCents: items.reduce((sum, { totalCents }) => sum + totalCents, 0),
  };
}
