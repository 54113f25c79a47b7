import {
  Controller,
  Get,
  Header,
  Inject,
  Post,
  Redirect,
  Render,
  Req,
  Sse,
  type MessageEvent,
} from '@nestjs/common';
import type { Request } from 'express';
import type { SessionData } from 'express-session';
import { flash, Flash, NoTouch, Session, type FlashBag } from 'nestjs-redis-kit';
import type { Observable } from 'rxjs';
import { seeOther, type SeeOther } from '../web/see-other.js';
import { CheckoutService } from './checkout.service.js';
import { LiveService, type LiveState } from './live.service.js';

@Controller()
export class LiveController {
  constructor(
    @Inject(LiveService) private readonly live: LiveService,
    @Inject(CheckoutService) private readonly checkout: CheckoutService,
  ) {}

  @Get('live')
  @Header('Cache-Control', 'no-store')
  @Render('live')
  async page(@Flash() messages: FlashBag): Promise<object> {
    return { title: 'Live', isLive: true, messages, ...(await this.live.now()) };
  }

  /** For a page that was not connected: what it missed is not sent again. */
  @Get('api/live')
  @Header('Cache-Control', 'no-store')
  now(): Promise<LiveState> {
    return this.live.now();
  }

  @Sse('api/live/events')
  @NoTouch()
  events(): Observable<MessageEvent> {
    return this.live.events;
  }

  @Post('purchases')
  @Redirect()
  async buy(@Req() request: Request, @Session() session: Partial<SessionData>): Promise<SeeOther> {
    await this.checkout.buy(session);
    flash(request, 'info', 'Thank you for your purchase.');
    return seeOther('/live');
  }
}
