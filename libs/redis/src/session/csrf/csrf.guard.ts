import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { isCsrfExempt } from './csrf-exempt.decorator.js';
import { CsrfService } from './csrf.service.js';

/**
 * Refuses with 403 what another site's page may have made a browser send: unsafe methods that come from a foreign
 * origin, or without the token of `@CsrfToken()`. For a controller, or for all as `APP_GUARD`. Messages of
 * gateways and microservices pass: no form can send them, and SessionSockets checks the handshake.
 */
@Injectable()
export class CsrfGuard implements CanActivate {
  constructor(
    @Inject(Reflector) protected readonly reflector: Reflector,
    @Inject(CsrfService) protected readonly csrf: CsrfService,
  ) {}

  /** @throws CsrfError; SessionUnavailableError where only Redis could tell */
  canActivate(context: ExecutionContext): boolean {
    const type = context.getType<string>();
    if (type === 'ws' || type === 'rpc' || this.isExempt(context)) return true;
    this.csrf.verify(this.getRequest(context));
    return true;
  }

  /** Where the request is. Override it for GraphQL or other contexts. */
  protected getRequest(context: ExecutionContext): Request {
    return context.switchToHttp().getRequest<Request>();
  }

  protected isExempt(context: ExecutionContext): boolean {
    return isCsrfExempt(this.reflector, [context.getHandler(), context.getClass()]);
  }
}
