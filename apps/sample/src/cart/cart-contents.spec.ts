import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  addToCart,
  changeQuantity,
  countPieces,
  mergeCarts,
  quantityOf,
  type CartContents,
} from './cart-contents.js';

type Change = (cart: CartContents) => CartContents;

const add =
  (id: number, pieces: number): Change =>
  (cart) =>
    addToCart(cart, id, pieces);
const type =
  (id: number, quantity: number): Change =>
  (cart) =>
    changeQuantity(cart, id, quantity);
const remove = (id: number): Change => type(id, 0);

const after = (changes: readonly Change[], cart: CartContents = {}): CartContents =>
  changes.reduce((now, change) => change(now), cart);
const quantities = (cart: CartContents): Record<string, number> =>
  Object.fromEntries(Object.keys(cart).map((id) => [id, quantityOf(cart, id)]));

/** Two tabs that see the same cart and change it at the same moment; the first one saves first. */
function atOnce(before: CartContents, first: readonly Change[], second: Change): CartContents {
  return mergeCarts(before, after(first, before), second(before));
}

describe('the contents of a cart', () => {
  it('adds to what is already there', () => {
    const cart = after([add(7, 1), add(9, 2), add(7, 2)]);
    expect(quantities(cart)).toEqual({ 7: 3, 9: 2 });
  });

  it('holds at most 99 pieces of a product', () => {
    expect(quantityOf(after([type(7, 98), add(7, 5)]), 7)).toBe(99);
  });

  it('loses a product whose quantity is set to 0', () => {
    expect(quantities(after([add(7, 3), add(9, 1), remove(7)]))).toEqual({ 9: 1 });
  });

  it('counts pieces, not products', () => {
    expect(countPieces(after([add(7, 3), add(9, 1)]))).toBe(4);
    expect(countPieces()).toBe(0);
  });
});

describe('two changes of one cart at once', () => {
  const THREE = after([type(7, 3)]);

  it.each([
    ['adds of one product', {}, add(7, 1), add(7, 2), { 7: 3 }],
    ['adds of two products', {}, add(7, 1), add(9, 2), { 7: 1, 9: 2 }],
    ['adds to a line', THREE, add(7, 2), add(7, 2), { 7: 7 }],
    ['the same quantity typed twice', THREE, type(7, 5), type(7, 5), { 7: 5 }],
    ['two quantities, the later one', THREE, type(7, 5), type(7, 4), { 7: 4 }],
    ['a typed quantity, then an add', THREE, type(7, 5), add(7, 2), { 7: 7 }],
    ['an add, then a typed quantity', THREE, add(7, 2), type(7, 5), { 7: 7 }],
    ['two removals', THREE, remove(7), remove(7), {}],
    ['a removal, then an add', THREE, remove(7), add(7, 2), { 7: 2 }],
    ['an add, then a removal', THREE, add(7, 2), remove(7), { 7: 2 }],
    ['a removal, then a typed quantity', THREE, remove(7), type(7, 5), { 7: 5 }],
    ['a typed quantity, then a removal', THREE, type(7, 5), remove(7), {}],
    ['a removal of a line that was only added to', after([add(7, 3)]), remove(7), remove(7), {}],
  ])('keeps %s', (_, before, first, second, expected) => {
    expect(quantities(atOnce(before, [first], second))).toEqual(expected);
  });

  const changes = fc.oneof(
    fc
      .tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 99 }))
      .map(([id, n]) => add(id, n)),
    fc
      .tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 0, max: 99 }))
      .map(([id, n]) => type(id, n)),
  );

  it('is always what the two leave one after the other', () => {
    fc.assert(
      fc.property(
        fc.array(changes, { maxLength: 6 }),
        changes,
        changes,
        (history, first, second) => {
          const before = after(history);
          const orders = [after([first, second], before), after([second, first], before)];
          expect(orders.map(quantities)).toContainEqual(
            quantities(atOnce(before, [first], second)),
          );
        },
      ),
    );
  });

  it('never eats a piece that was added', () => {
    const adds = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 5 }));
    fc.assert(
      fc.property(
        fc.array(adds, { maxLength: 4 }),
        fc.array(adds, { maxLength: 4 }),
        adds,
        (history, theirs, ours) => {
          const before = after(history.map(([id, pieces]) => add(id, pieces)));
          const merged = atOnce(
            before,
            theirs.map(([id, pieces]) => add(id, pieces)),
            add(...ours),
          );
          const sum = [...history, ...theirs, ours].reduce((pieces, [, more]) => pieces + more, 0);
          expect(countPieces(merged)).toBe(sum);
        },
      ),
    );
  });

  it.each([undefined, null, 7, 'cart'])('takes %j for an empty cart', (value) => {
    expect(quantities(mergeCarts(value, value, after([add(7, 1)])))).toEqual({ 7: 1 });
  });
});
