import {
  Controller,
  Get,
  Header,
  HttpCode,
  HttpStatus,
  Inject,
  Post,
  Req,
  UseGuards,
} from '@nestjs/common';
import type { Request } from 'express';
import { CurrentUser, SessionGuard } from 'nestjs-redis-kit';
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

  @Post('token')
  @HttpCode(HttpStatus.OK)
  @Header('Cache-Control', 'no-store')
  loginByToken(@Req() request: Request): Promise<{ user: User; token: string }> {
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
