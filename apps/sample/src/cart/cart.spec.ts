import { describe, expect, it } from '@jest/globals';
import { addToCart, changeQuantity, countPieces } from './cart.js';

describe('cart', () => {
  it('adds to what is already there', () => {
    expect(addToCart({ 7: 1, 9: 2 }, 7, 2)).toEqual({ 7: 3, 9: 2 });
  });

  it('holds at most 99 pieces of a product', () => {
    expect(addToCart({ 7: 98 }, 7, 5)).toEqual({ 7: 99 });
  });

  it('loses a product whose quantity is set to 0', () => {
    expect(changeQuantity({ 7: 3, 9: 1 }, 7, 0)).toEqual({ 9: 1 });
  });

  it('counts pieces, not products', () => {
    expect(countPieces({ 7: 3, 9: 1 })).toBe(4);
    expect(countPieces()).toBe(0);
  });
});
