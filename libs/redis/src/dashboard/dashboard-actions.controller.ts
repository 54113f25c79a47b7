import {
  Body,
  Controller,
  HttpCode,
  Inject,
  Post,
  UseFilters,
  UseGuards,
  VERSION_NEUTRAL,
  type CanActivate,
  type Type,
} from '@nestjs/common';
import { NoCache } from '../cache/decorators/cache-metadata.js';
import { CsrfExempt } from '../session/csrf/csrf-exempt.decorator.js';
import { DashboardActions } from './dashboard-actions.js';
import { DashboardErrorsFilter } from './dashboard-errors.filter.js';
import { textField } from './request-fields.js';
import { SameOriginGuard } from './same-origin.js';

type Answer<Name extends keyof DashboardActions> = ReturnType<
  Extract<DashboardActions[Name], (...given: never[]) => unknown>
>;

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
    @HttpCode(200)
    entry(@Body() body: unknown): Answer<'entry'> {
      return this.actions.entry(textField(body, 'cache'), textField(body, 'key'));
    }

    @Post('value')
    @HttpCode(200)
    value(@Body() body: unknown): Answer<'value'> {
      return this.actions.value(textField(body, 'cache'), textField(body, 'key'));
    }

    @Post('remove-key')
    @HttpCode(200)
    removeKey(@Body() body: unknown): Answer<'removeKey'> {
      return this.actions.removeKey(textField(body, 'cache'), textField(body, 'key'));
    }

    @Post('purge-path')
    @HttpCode(204)
    purgePath(@Body() body: unknown): Answer<'purgePath'> {
      return this.actions.purgePath(textField(body, 'path'));
    }

    @Post('purge-tag')
    @HttpCode(204)
    purgeTag(@Body() body: unknown): Answer<'purgeTag'> {
      return this.actions.purgeTag(textField(body, 'tag'));
    }

    @Post('clear')
    @HttpCode(204)
    clear(@Body() body: unknown): Answer<'clear'> {
      return this.actions.clear(textField(body, 'cache'));
    }

    @Post('user-sessions')
    @HttpCode(200)
    sessionsOf(@Body() body: unknown): Answer<'sessionsOf'> {
      return this.actions.sessionsOf(textField(body, 'userId'));
    }

    @Post('revoke')
    @HttpCode(200)
    revoke(@Body() body: unknown): Answer<'revoke'> {
      return this.actions.revoke(textField(body, 'userId'), textField(body, 'handle'));
    }

    @Post('revoke-all')
    @HttpCode(200)
    revokeAll(@Body() body: unknown): Answer<'revokeAll'> {
      return this.actions.revokeAll(textField(body, 'userId'));
    }

    @Post('retry')
    @HttpCode(200)
    retry(@Body() body: unknown): Answer<'retry'> {
      return this.actions.retry(textField(body, 'cache'), textField(body, 'id'));
    }

    @Post('discard')
    @HttpCode(200)
    discard(@Body() body: unknown): Answer<'discard'> {
      return this.actions.discard(textField(body, 'cache'), textField(body, 'id'));
    }
  }
  return RedisDashboardActionsController;
}
