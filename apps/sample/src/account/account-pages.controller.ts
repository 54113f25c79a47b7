import {
  Controller,
  Get,
  Header,
  HttpStatus,
  Inject,
  Post,
  Query,
  Redirect,
  Render,
  Req,
  Res,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import type { SessionData } from 'express-session';
import {
  CsrfToken,
  CurrentUser,
  flash,
  Flash,
  safeReturnTo,
  Session,
  SessionGuard,
  type FlashBag,
} from 'nestjs-redis-kit';
import { endText } from '../devices/ended-session.js';
import { seeOther, type SeeOther } from '../web/see-other.js';
import { AccountService } from './account.service.js';

@Controller()
export class AccountPagesController {
  constructor(@Inject(AccountService) private readonly account: AccountService) {}

  @Get('login')
  @Render('login')
  loginForm(
    @Query('returnTo') returnTo: unknown,
    @Query('notice') reason: unknown,
    @CsrfToken() csrfToken: string,
  ): object {
    const notice = endText(reason);
    return { title: 'Log in', returnTo: safeReturnTo(returnTo), notice, csrfToken };
  }

  @Post('login')
  async login(
    @Req() request: Request,
    @Res() response: Response,
    @CsrfToken() csrfToken: string,
  ): Promise<void> {
    const { email, returnTo } = (request.body ?? {}) as Record<string, unknown>;
    const page = safeReturnTo(returnTo);
    try {
      const user = await this.account.login(request);
      flash(request, 'info', `Welcome back, ${user.name}.`);
      response.redirect(HttpStatus.SEE_OTHER, page);
    } catch (error) {
      if (!(error instanceof UnauthorizedException)) throw error;
      const problem = error.message;
      response
        .status(HttpStatus.UNAUTHORIZED)
        .render('login', { title: 'Log in', returnTo: page, email, problem, csrfToken });
    }
  }

  @Post('logout')
  @Redirect()
  async logout(@Req() request: Request): Promise<SeeOther> {
    await this.account.logout(request);
    return seeOther('/');
  }

  @Get('profile')
  @Header('Cache-Control', 'no-store')
  @UseGuards(SessionGuard)
  @Render('profile')
  async profile(
    @CurrentUser() userId: string,
    @Session() session: SessionData,
    @CsrfToken() csrfToken: string,
    @Flash() messages: FlashBag,
  ): Promise<object> {
    return {
      title: 'Your account',
      isAccount: true,
      isPrivate: true,
      csrfToken,
      messages,
      user: await this.account.profile(userId),
      views: session.views ?? 0,
      loggedInAt: new Date(session.authTime ?? Date.now()).toISOString(),
    };
  }
}
