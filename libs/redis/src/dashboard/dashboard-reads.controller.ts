import {
  Controller,
  Get,
  Inject,
  Query,
  Res,
  UseFilters,
  UseGuards,
  VERSION_NEUTRAL,
  type CanActivate,
  type Type,
} from '@nestjs/common';
import type { Response } from 'express';
import { NoCache } from '../cache/decorators/cache-metadata.js';
import { NoTouch } from '../session/no-touch.decorator.js';
import { answer } from './answer.js';
import { DashboardErrorsFilter } from './dashboard-errors.filter.js';
import { DashboardReads } from './dashboard-reads.js';

/** What the pages ask for by themselves: no activity of the user, so an open page keeps no session alive. */
export function dashboardReads(
  path: string,
  guards: readonly (Type<CanActivate> | CanActivate)[],
): Type {
  @NoCache()
  @NoTouch()
  @UseGuards(...guards)
  @UseFilters(DashboardErrorsFilter)
  @Controller({ path: `${path}/api`, version: VERSION_NEUTRAL })
  class RedisDashboardReadsController {
    constructor(@Inject(DashboardReads) private readonly reads: DashboardReads) {}

    @Get('overview')
    overview(
      @Res() response: Response,
      @Query('since') since?: string,
      @Query('of') of?: string,
    ): Promise<void> {
      return answer(response, this.reads.overview({ since: Number(since) || 0, of }));
    }

    @Get('caches')
    caches(@Res() response: Response): Promise<void> {
      return answer(response, this.reads.caches());
    }

    @Get('keys')
    keys(@Res() response: Response): Promise<void> {
      return answer(response, this.reads.keys());
    }

    @Get('sessions')
    sessions(@Res() response: Response): Promise<void> {
      return answer(response, this.reads.sessions());
    }

    @Get('slow-log')
    slowLog(@Res() response: Response): Promise<void> {
      return answer(response, this.reads.slowLog());
    }

    @Get('write-behind')
    writeBehind(@Res() response: Response): Promise<void> {
      return answer(response, this.reads.writeBehind());
    }

    @Get('connections')
    connections(@Res() response: Response): Promise<void> {
      return answer(response, this.reads.connections());
    }

    @Get('warnings')
    warnings(@Res() response: Response): Promise<void> {
      return answer(response, this.reads.warnings());
    }
  }
  return RedisDashboardReadsController;
}
