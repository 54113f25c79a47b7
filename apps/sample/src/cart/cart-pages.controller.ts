import { Body, Controller, Get, Header, Inject, Post, Redirect, Render, Req } from '@nestjs/common';
import type { Request } from 'express';
import type { SessionData } from 'express-session';
import { CsrfToken, flash, Flash, Session, type FlashBag } from 'nestjs-redis-kit';
import { seeOther, type SeeOther } from '../web/see-other.js';
import { FromCachedPage } from '../web/shop-csrf.guard.js';
import { MAX_QUANTITY } from './cart-contents.js';
import { CartService } from './cart.service.js';

@Controller('cart')
export class CartPagesController {
  constructor(@Inject(CartService) private readonly cart: CartService) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  @Render('cart')
  async show(
    @Session() session: Partial<SessionData>,
    @CsrfToken() csrfToken: string,
    @Flash() messages: FlashBag,
  ): Promise<object> {
    const { items, products, count, totalCents } = await this.cart.read(session);
    const lines = items.map((line, index) => ({ ...line, product: products[index] }));
    const pieces = count === 1 ? '1 piece' : `${count} pieces`;
    return {
      title: 'Cart',
      isCart: true,
      lines,
      pieces,
      totalCents,
      maxQuantity: MAX_QUANTITY,
      csrfToken,
      messages,
    };
  }

  @Post()
  @FromCachedPage()
  @Redirect()
  async add(
    @Req() request: Request,
    @Session() session: Partial<SessionData>,
    @Body() body: unknown,
  ): Promise<SeeOther> {
    const { name } = await this.cart.add(session, body);
    flash(request, 'info', `${name} is in your cart.`);
    return seeOther('/cart');
  }

  @Post('change')
  @Redirect()
  change(@Session() session: Partial<SessionData>, @Body() body: unknown): SeeOther {
    this.cart.change(session, body);
    return seeOther('/cart');
  }
}
