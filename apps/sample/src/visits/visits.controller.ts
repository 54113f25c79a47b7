import { Controller, Get, Header, Inject } from '@nestjs/common';
import type { SessionData } from 'express-session';
import { CurrentUser, Flash, NoTouch, Session, type FlashBag } from 'nestjs-redis-kit';
import { Users } from '../account/users.js';
import { countPieces } from '../cart/cart-contents.js';

interface Me {
  /** Null for a visitor who is not logged in. */
  readonly name: string | null;
  readonly cartCount: number;
  readonly views: number;
}

/** What is personal on a page that is cached for everybody. `public/shop.js` asks for it. */
@Controller('api')
export class VisitsController {
  constructor(@Inject(Users) private readonly users: Users) {}

  /** Counts one more page view, and gives what a cached page cannot show by itself. */
  @Get('views')
  @Header('Cache-Control', 'no-store')
  count(
    @Session() session: Partial<SessionData>,
    @Flash() messages: FlashBag,
  ): { views: number; messages: readonly string[] } {
    session.views = (session.views ?? 0) + 1;
    return { views: session.views, messages: messages.info ?? [] };
  }

  /** A page also asks it when it has lost its stream, so it is no activity. */
  @Get('me')
  @NoTouch()
  @Header('Cache-Control', 'no-store')
  async me(
    @Session() session: Partial<SessionData>,
    @CurrentUser() userId: string | undefined,
  ): Promise<Me> {
    const user = userId === undefined ? undefined : await this.users.findById(userId);
    return {
      name: user?.name ?? null,
      cartCount: countPieces(session.cart),
      views: session.views ?? 0,
    };
  }
}
