import { Inject, Injectable, NotFoundException } from '@nestjs/common';
import type { SessionData } from 'express-session';
import { CatalogueService } from '../catalogue/catalogue.service.js';
import type { Product } from '../catalogue/product.js';
import { fieldsOf, wholeNumber } from '../web/input.js';
import { cartOf, type Cart } from './cart.js';
import { addToCart, changeQuantity, MAX_QUANTITY } from './cart-contents.js';

/** The cart in `req.session`: an ordinary object that is saved with the answer, if it changed. */
@Injectable()
export class CartService {
  constructor(@Inject(CatalogueService) private readonly catalogue: CatalogueService) {}

  async read({
    cart = {},
  }: Partial<SessionData>): Promise<Cart & { products: readonly Product[] }> {
    const found = await Promise.all(Object.keys(cart).map((id) => this.#findIfThere(Number(id))));
    const products = found.filter((product) => product !== undefined);
    return { ...cartOf(cart, products), products };
  }

  /** @throws NotFoundException for an unknown product */
  async add(session: Partial<SessionData>, body: unknown): Promise<Product> {
    const { productId, quantity } = fieldsOf(body);
    const product = await this.catalogue.find(wholeNumber(productId, 'productId'));
    const pieces = wholeNumber(quantity, 'quantity', { min: 1, max: MAX_QUANTITY });
    session.cart = addToCart(session.cart ?? {}, product.id, pieces);
    return product;
  }

  /** Sets the quantity of a line; 0 removes it. */
  change(session: Partial<SessionData>, body: unknown): void {
    const { productId, quantity } = fieldsOf(body);
    const id = wholeNumber(productId, 'productId');
    const pieces = wholeNumber(quantity, 'quantity', { min: 0, max: MAX_QUANTITY });
    session.cart = changeQuantity(session.cart ?? {}, id, pieces);
  }

  /** A product that was taken out of the catalogue is no longer in the cart either. */
  async #findIfThere(id: number): Promise<Product | undefined> {
    try {
      return await this.catalogue.find(id);
    } catch (error) {
      if (error instanceof NotFoundException) return undefined;
      throw error;
    }
  }
}
