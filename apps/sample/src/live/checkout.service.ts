import { randomUUID } from 'node:crypto';
import { BadRequestException, Inject, Injectable } from '@nestjs/common';
import type { SessionData } from 'express-session';
import { InjectMessageStream, type MessageStream } from 'nestjs-redis-kit';
import { CartService } from '../cart/cart.service.js';
import { PURCHASES, type Purchase } from './purchase.js';

/** Turns a cart into a purchase. No money is asked for. */
@Injectable()
export class CheckoutService {
  constructor(
    @Inject(CartService) private readonly cart: CartService,
    @InjectMessageStream(PURCHASES) private readonly purchases: MessageStream<Purchase>,
  ) {}

  /** A purchase must not be lost, so it goes into a stream. Until Redis has it, the cart stays full. */
  async buy(session: Partial<SessionData>): Promise<Purchase> {
    const { items } = await this.cart.read(session);
    const lines = items.map(({ productId, name, quantity }) => ({ productId, name, quantity }));
    if (lines.length === 0) throw new BadRequestException('Your cart is empty.');
    const purchase = { id: randomUUID(), at: Date.now(), lines };
    await this.purchases.publish(purchase);
    session.cart = {};
    return purchase;
  }
}
