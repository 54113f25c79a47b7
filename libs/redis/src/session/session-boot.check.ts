import { Server as TlsServer } from 'node:tls';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ConfigurationError } from '../common/errors.js';
import type { ResolvedSessionOptions } from './session.options.js';
import { SESSION_OPTIONS } from './session.tokens.js';

/** What of the configuration shows only once the application is built: whether it can speak HTTPS. */
@Injectable()
export class SessionBootCheck implements OnApplicationBootstrap {
  constructor(
    @Inject(SESSION_OPTIONS) private readonly options: ResolvedSessionOptions | undefined,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost | undefined,
  ) {}

  /** @throws ConfigurationError when no browser would ever get the cookie */
  onApplicationBootstrap(): void {
    const { options } = this;
    const adapter = this.host?.httpAdapter;
    if (!options || !adapter || options.transport === 'bearer') return;
    if (options.cookie.secure !== true || options.trustProxy === true) return;
    if (adapter.getHttpServer() instanceof TlsServer) return;
    const express = adapter.getInstance<{ get?: (setting: string) => unknown }>();
    if (options.trustProxy === undefined && express.get?.('trust proxy')) return;
    throw new ConfigurationError(
      'session.cookie.secure',
      true,
      'This server speaks plain HTTP and trusts no proxy, so no request counts as HTTPS and no cookie is ever ' +
        "sent. Behind a proxy that ends TLS set `session.trustProxy: true` or `app.set('trust proxy', 1)`; " +
        "without TLS set it to 'auto'.",
    );
  }
}
