import { Controller, Inject, Req, Sse, UseGuards, type MessageEvent } from '@nestjs/common';
import type { Request } from 'express';
import { CurrentUser, NoTouch, SessionGuard } from 'nestjs-redis-kit';
import type { Observable } from 'rxjs';
import { DeviceNews } from './device-news.service.js';

@Controller('api/devices')
@UseGuards(SessionGuard)
export class DeviceNewsController {
  constructor(@Inject(DeviceNews) private readonly news: DeviceNews) {}

  /** Server-sent events. A page that only listens is no activity: its session may run out. */
  @Sse('events')
  @NoTouch()
  listen(@CurrentUser() userId: string, @Req() request: Request): Observable<MessageEvent> {
    return this.news.streamFor(userId, request);
  }
}
