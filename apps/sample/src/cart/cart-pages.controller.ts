import { Body, Controller, Get, Header, Inject, Post, Redirect, Render } from '@nestjs/common';
import type { SessionData } from 'express-session';
import { Session } from 'nestjs-redis-kit';
import { seeOther, type SeeOther } from '../web/see-other.js';
import { MAX_QUANTITY } from './cart-contents.js';
import { CartService } from './cart.service.js';

@Controller('cart')
export class CartPagesController {
  constructor(@Inject(CartService) private readonly cart: CartService) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  @Render('cart')
  async show(@Session() session: Partial<SessionData>): Promise<object> {
    const { items, products, count, totalCents } = await this.cart.read(session);
    const lines = items.map((line, index) => ({ ...line, product: products[index] }));
    const pieces = count === 1 ? '1 piece' : `${count} pieces`;
    return { title: 'Cart', isCart: true, lines, pieces, totalCents, maxQuantity: MAX_QUANTITY };
  }

  @Post()
  @Redirect()
  async add(@Session() session: Partial<SessionData>, @Body() body: unknown): Promise<SeeOther> {
    await this.cart.add(session, body);
    return seeOther('/cart');
  }

  @Post('change')
  @Redirect()
  change(@Session() session: Partial<SessionData>, @Body() body: unknown): SeeOther {
    this.cart.change(session, body);
    return seeOther('/cart');
  }
}
