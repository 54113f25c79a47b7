import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { CsrfGuard } from 'nestjs-redis-kit';

const Marker = Reflector.createDecorator<boolean>();

/**
 * For a form that stands on a page cached for everybody. A token there would be everybody's, and one fetched by a script
 * would leave out browsers without scripts, so what counts is the page that the browser names as the sender.
 */
export const FromCachedPage = (): MethodDecorator => Marker(true);

/** Guards all that changes something: by the token of the page, or for cached pages by their origin. */
@Injectable()
export class ShopCsrfGuard extends CsrfGuard {
  protected override isExempt(context: ExecutionContext): boolean {
    if (super.isExempt(context)) return true;
    const isMarked = this.reflector.get(Marker, context.getHandler()) ?? false;
    return isMarked && isNamedAsOurs(this.getRequest(context));
  }
}

/** A sender that names no page needs a token after all: only old browsers and programs do not. */
function isNamedAsOurs({ headers, protocol, host }: Request): boolean {
  const site = headers['sec-fetch-site'];
  // Browsers send the first on HTTPS and to localhost, the second with every form.
  return site === undefined ? headers.origin === `${protocol}://${host}` : site === 'same-origin';
}
