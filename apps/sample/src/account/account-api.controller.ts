import {
  Controller,
  Get,
  Header,
  HttpCode,
  HttpStatus,
  Inject,
  Post,
  Req,
  UnsupportedMediaTypeException,
  UseGuards,
} from '@nestjs/common';
import type { Request } from 'express';
import { CsrfExempt, CurrentUser, SessionGuard } from 'nestjs-redis-kit';
import { AccountService } from './account.service.js';
import type { User } from './users.js';

@Controller('api')
export class AccountApiController {
  constructor(@Inject(AccountService) private readonly account: AccountService) {}

  @Post('login')
  @HttpCode(HttpStatus.OK)
  login(@Req() request: Request): Promise<User> {
    return this.account.login(request);
  }

  /** An app has no page to take a CSRF token from. No page of another site can send JSON here, only forms. */
  @Post('token')
  @CsrfExempt()
  @HttpCode(HttpStatus.OK)
  @Header('Cache-Control', 'no-store')
  async loginByToken(@Req() request: Request): Promise<{ user: User; token: string }> {
    if (!request.is('json')) throw new UnsupportedMediaTypeException('Send the login as JSON.');
    return this.account.loginByToken(request);
  }

  @Post('logout')
  @HttpCode(HttpStatus.NO_CONTENT)
  logout(@Req() request: Request): Promise<void> {
    return this.account.logout(request);
  }

  @Get('profile')
  @Header('Cache-Control', 'no-store')
  @UseGuards(SessionGuard)
  profile(@CurrentUser() userId: string): Promise<User> {
    return this.account.profile(userId);
  }
}
