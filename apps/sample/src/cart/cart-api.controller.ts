import { Body, Controller, Get, Header, HttpCode, HttpStatus, Inject, Post } from '@nestjs/common';
import type { SessionData } from 'express-session';
import { Session } from 'nestjs-redis-kit';
import type { Cart } from './cart.js';
import { CartService } from './cart.service.js';

/** No login needed: the cart is in the visitor's session, and goes along when they log in. */
@Controller('api/cart')
export class CartApiController {
  constructor(@Inject(CartService) private readonly cart: CartService) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  async read(@Session() session: Partial<SessionData>): Promise<Cart> {
    const { products: _, ...cart } = await this.cart.read(session);
    return cart;
  }

  @Post()
  @HttpCode(HttpStatus.OK)
  async add(@Session() session: Partial<SessionData>, @Body() body: unknown): Promise<Cart> {
    await this.cart.add(session, body);
    return this.read(session);
  }
}
