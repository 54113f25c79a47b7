import {
  All,
  Controller,
  Inject,
  Req,
  Res,
  UseInterceptors,
  applyDecorators,
  type Type,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { CacheInterceptor } from 'nestjs-redis-kit';
import { fetchWhole, forward } from '../../fixtures/forward.mjs';

/** Token of the origin's address. */
export const ORIGIN_URL = 'ORIGIN_URL';

export type MountDecorator = MethodDecorator & ClassDecorator;

/** A cached reverse proxy under one path. What it may be kept for, its decorators say. */
export function proxyAt(path: string, decorators: readonly MountDecorator[]): Type {
  @Controller(path)
  @UseInterceptors(CacheInterceptor)
  @applyDecorators(...decorators)
  class ProxyController {
    constructor(@Inject(ORIGIN_URL) private readonly origin: string) {}

    @All('whole/*path')
    async whole(@Req() request: Request, @Res() response: Response): Promise<void> {
      const { status, headers, body } = await fetchWhole(request, this.origin);
      headers.delete('content-length');
      response.status(status);
      for (const [name, lines] of headers) response.setHeader(name, lines);
      response.send(body);
    }

    @All('*path')
    async stream(@Req() request: Request, @Res() response: Response): Promise<void> {
      await forward(request, response, this.origin);
    }
  }
  return ProxyController;
}
