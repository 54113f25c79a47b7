import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { ParamDecorator } from '../param-decorator.js';
import type { FlashBag } from './flash-messages.js';
import { takeFlash } from './flash.js';

/**
 * The messages that earlier requests left for this one: see `takeFlash`. They are taken before the handler runs, so ask
 * for them where they are shown.
 *
 * ```ts
 * @Get('cart') @Render('cart') show(@Flash() messages: FlashBag) { return { messages } }
 * ```
 */
export const Flash: ParamDecorator = createParamDecorator(
  (_: undefined, context: ExecutionContext): Promise<FlashBag> =>
    takeFlash(context.switchToHttp().getRequest<Request>()),
);
