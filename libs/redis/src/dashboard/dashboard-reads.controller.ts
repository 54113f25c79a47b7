import {
  Controller,
  Get,
  Inject,
  Query,
  UseFilters,
  UseGuards,
  VERSION_NEUTRAL,
  type CanActivate,
  type Type,
} from '@nestjs/common';
import { NoCache } from '../cache/decorators/cache-metadata.js';
import { NoTouch } from '../session/no-touch.decorator.js';
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
      @Query('since') since?: string,
      @Query('of') of?: string,
    ): ReturnType<DashboardReads['overview']> {
      return this.reads.overview({ since: Number(since) || 0, of });
    }

    @Get('caches')
    caches(): ReturnType<DashboardReads['caches']> {
      return this.reads.caches();
    }

    @Get('keys')
    keys(): ReturnType<DashboardReads['keys']> {
      return this.reads.keys();
    }

    @Get('sessions')
    sessions(): ReturnType<DashboardReads['sessions']> {
      return this.reads.sessions();
    }

    @Get('slow-log')
    slowLog(): ReturnType<DashboardReads['slowLog']> {
      return this.reads.slowLog();
    }

    @Get('write-behind')
    writeBehind(): ReturnType<DashboardReads['writeBehind']> {
      return this.reads.writeBehind();
    }

    @Get('connections')
    connections(): ReturnType<DashboardReads['connections']> {
      return this.reads.connections();
    }

    @Get('warnings')
    warnings(): ReturnType<DashboardReads['warnings']> {
      return this.reads.warnings();
    }
  }
  return RedisDashboardReadsController;
}
