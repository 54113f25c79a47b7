import type { Server } from 'node:http';
import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import {
  DiscoveryService,
  HttpAdapterHost,
  MetadataScanner,
  ModuleRef,
  Reflector,
  type ApplicationConfig,
} from '@nestjs/core';
import { HTTP_CACHE } from '../../cache.tokens.js';
import { HttpCache } from '../http-cache.js';
import { FastLane } from './fast-lane.js';
import type { ResolvedFastLane } from './fast-lane.options.js';
import { LaneLearner } from './lane-learner.js';
import {
  applicationConfigOf,
  hasGlobalGuard,
  LaneRoutes,
  selectingHeaders,
} from './lane-routes.js';
import { ServerFront } from './server-front.js';

/** Option `cache.http.fastLane`. */
export const FAST_LANE_OPTIONS = Symbol('nestjs-redis-kit fast lane options');

/** As Express keeps it under `trust proxy fn`. */
type Trust = (address: string | undefined, hop: number) => boolean;

interface ExpressApplication {
  get(setting: 'trust proxy fn'): Trust;
}

/** Puts the lane before the server of an application in which some route asks for it, and takes it away again. */
@Injectable()
export class FastLaneService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #front: ServerFront | undefined;

  constructor(
    @Inject(HTTP_CACHE) private readonly cache: HttpCache,
    @Inject(FAST_LANE_OPTIONS) private readonly options: ResolvedFastLane,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
    private readonly host: HttpAdapterHost,
    private readonly modules: ModuleRef,
  ) {}

  /** @throws ConfigurationError that names a route which cannot have the lane */
  onApplicationBootstrap(): void {
    const { httpAdapter } = this.host;
    // An application without HTTP.
    const server = httpAdapter?.getHttpServer() as Server | undefined;
    if (!server) return;
    const config = applicationConfigOf(this.modules);
    const routes = new LaneRoutes({
      discovery: this.discovery,
      scanner: this.scanner,
      reflector: this.reflector,
      config,
      defaults: this.cache.defaults,
      isExpress: httpAdapter.getType() === 'express',
    });
    if (routes.check() > 0) this.#open(server, config);
  }

  /** Before the server drains, and before Redis is gone. */
  beforeApplicationShutdown(): void {
    this.#front?.remove();
    this.cache.watcher = undefined;
  }

  #open(server: Server, config: ApplicationConfig): void {
    const { answers } = this.cache;
    const express = this.host.httpAdapter.getInstance<ExpressApplication>();
    const lane = new FastLane({
      answers,
      options: this.options,
      selectors: selectingHeaders(config.getVersioning()),
      trusts: (address) => express.get('trust proxy fn')(address, 0),
    });
    this.cache.watcher = new LaneLearner({
      answers,
      lane,
      confirmAfterMs: this.options.confirmAfterMs,
      // Bound after the start, it still stands before controllers of request scope.
      isOpen: () => !hasGlobalGuard(config),
    });
    this.#front = new ServerFront(server, (request, response) => lane.answer(request, response));
  }
}
