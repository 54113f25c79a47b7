import { randomUUID } from 'node:crypto';

export const MAX_QUANTITY = 99;

/**
 * One line of a cart in the session. A quantity that was typed and pieces that were added are kept apart,
 * since two changes at the same moment join differently: what both added counts twice, what both typed counts once.
 */
export interface CartEntry {
  /** 0 for a line that began with "Add to cart". */
  readonly typed: number;
  /** Added since; what is above {@link MAX_QUANTITY} in all is not counted. */
  readonly added: number;
  /** Another one each time a quantity is typed; absent while none was. */
  readonly stamp?: string;
}

/** What the session holds, by product id. Prices and names are looked up when the cart is shown. */
export type CartContents = Readonly<Record<string, CartEntry>>;

const NOTHING: CartEntry = { typed: 0, added: 0 };

export function addToCart(cart: CartContents, productId: number, pieces: number): CartContents {
  const entry = entryOf(cart, String(productId)) ?? NOTHING;
  return { ...cart, [productId]: { ...entry, added: entry.added + pieces } };
}

/** @param quantity 0 removes the line */
export function changeQuantity(
  cart: CartContents,
  productId: number,
  quantity: number,
): CartContents {
  const { [productId]: _, ...rest } = cart;
  if (quantity === 0) return rest;
  return { ...cart, [productId]: { typed: quantity, added: 0, stamp: randomUUID() } };
}

export function quantityOf(cart: CartContents, productId: number | string): number {
  const { typed, added } = entryOf(cart, String(productId)) ?? NOTHING;
  return Math.min(typed + added, MAX_QUANTITY);
}

export function countPieces(cart: CartContents = {}): number {
  return Object.keys(cart).reduce((sum, id) => sum + quantityOf(cart, id), 0);
}

/**
 * Joins the changes of two tabs to one cart, for `session.mergers`. The result is what the two would have
 * left one after the other, in an order that loses no "Add to cart": what was added is added, and of two
 * quantities typed for one line the one saved later stays. A removed line is a typed 0.
 */
export function mergeCarts(base: unknown, theirs: unknown, ours: unknown): CartContents {
  const [before, first, second] = [contentsOf(base), contentsOf(theirs), contentsOf(ours)];
  const ids = new Set([...Object.keys(first), ...Object.keys(second)]);
  const lines = [...ids].map((id) => {
    const was = entryOf(before, id);
    return [id, mergeEntries(was, entryOf(first, id), entryOf(second, id))] as const;
  });
  return Object.fromEntries(lines.filter(([, { typed, added }]) => typed + added > 0));
}

function mergeEntries(
  was: CartEntry | undefined,
  theirs: CartEntry | undefined,
  ours: CartEntry | undefined,
): CartEntry {
  const before = was ?? NOTHING;
  const [first, second] = [theirs ?? NOTHING, ours ?? NOTHING];
  if (!isTyped(before, first))
    return { ...second, added: second.added + addedSince(before, first) };
  if (isTyped(before, second)) return second;
  return { ...first, added: first.added + addedSince(before, second) };
}

/** A line that has fewer added pieces than before was removed in between. */
function isTyped(before: CartEntry, now: CartEntry): boolean {
  return now.stamp !== before.stamp || now.added < before.added;
}

function addedSince(before: CartEntry, now: CartEntry): number {
  return now.added - before.added;
}

function contentsOf(value: unknown): CartContents {
  return typeof value === 'object' && value !== null ? (value as CartContents) : {};
}

function entryOf(cart: CartContents, id: string): CartEntry | undefined {
  return Object.hasOwn(cart, id) ? cart[id] : undefined;
}
