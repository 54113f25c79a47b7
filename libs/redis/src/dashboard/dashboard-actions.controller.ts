import {
  Body,
  Controller,
  Inject,
  Post,
  Res,
  UseFilters,
  UseGuards,
  VERSION_NEUTRAL,
  type CanActivate,
  type Type,
} from '@nestjs/common';
import type { Response } from 'express';
import { NoCache } from '../cache/decorators/cache-metadata.js';
import { CsrfExempt } from '../session/csrf/csrf-exempt.decorator.js';
import { answer } from './answer.js';
import { DashboardActions } from './dashboard-actions.js';
import { DashboardErrorsFilter } from './dashboard-errors.filter.js';
import { textField } from './request-fields.js';
import { SameOriginGuard } from './same-origin.js';

/** What people do on the pages. Keys and users stand in bodies, so that no log of addresses has them. */
export function dashboardActions(
  path: string,
  guards: readonly (Type<CanActivate> | CanActivate)[],
): Type {
  @NoCache()
  // SameOriginGuard refuses other sites; a CsrfGuard of the whole application wants a token that no page here has.
  @CsrfExempt()
  @UseGuards(...guards, SameOriginGuard)
  @UseFilters(DashboardErrorsFilter)
  @Controller({ path: `${path}/api`, version: VERSION_NEUTRAL })
  class RedisDashboardActionsController {
    constructor(@Inject(DashboardActions) private readonly actions: DashboardActions) {}

    @Post('entry')
    entry(@Body() body: unknown, @Res() response: Response): Promise<void> {
      return answer(response, this.actions.entry(textField(body, 'cache'), textField(body, 'key')));
    }

    @Post('value')
    value(@Body() body: unknown, @Res() response: Response): Promise<void> {
      return answer(response, this.actions.value(textField(body, 'cache'), textField(body, 'key')));
    }

    @Post('remove-key')
    removeKey(@Body() body: unknown, @Res() response: Response): Promise<void> {
      return answer(
        response,
        this.actions.removeKey(textField(body, 'cache'), textField(body, 'key')),
      );
    }

    @Post('purge-path')
    purgePath(@Body() body: unknown, @Res() response: Response): Promise<void> {
      return answer(response, this.actions.purgePath(textField(body, 'path')));
    }

    @Post('purge-tag')
    purgeTag(@Body() body: unknown, @Res() response: Response): Promise<void> {
      return answer(response, this.actions.purgeTag(textField(body, 'tag')));
    }

    @Post('clear')
    clear(@Body() body: unknown, @Res() response: Response): Promise<void> {
      return answer(response, this.actions.clear(textField(body, 'cache')));
    }

    @Post('user-sessions')
    sessionsOf(@Body() body: unknown, @Res() response: Response): Promise<void> {
      return answer(response, this.actions.sessionsOf(textField(body, 'userId')));
    }

    @Post('revoke')
    revoke(@Body() body: unknown, @Res() response: Response): Promise<void> {
      return answer(
        response,
        this.actions.revoke(textField(body, 'userId'), textField(body, 'handle')),
      );
    }

    @Post('revoke-all')
    revokeAll(@Body() body: unknown, @Res() response: Response): Promise<void> {
      return answer(response, this.actions.revokeAll(textField(body, 'userId')));
    }

    @Post('retry')
    retry(@Body() body: unknown, @Res() response: Response): Promise<void> {
      return answer(response, this.actions.retry(textField(body, 'cache'), textField(body, 'id')));
    }

    @Post('discard')
    discard(@Body() body: unknown, @Res() response: Response): Promise<void> {
      return answer(
        response,
        this.actions.discard(textField(body, 'cache'), textField(body, 'id')),
      );
    }
  }
  return RedisDashboardActionsController;
}
