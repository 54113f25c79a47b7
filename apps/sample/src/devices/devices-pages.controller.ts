import {
  Body,
  Controller,
  Get,
  Header,
  Inject,
  NotFoundException,
  Post,
  Redirect,
  Render,
  Req,
  UseGuards,
} from '@nestjs/common';
import type { Request } from 'express';
import {
  CsrfToken,
  CurrentUser,
  flash,
  Flash,
  SessionGuard,
  type FlashBag,
} from 'nestjs-redis-kit';
import { AccountService } from '../account/account.service.js';
import { fieldsOf } from '../web/input.js';
import { seeOther, type SeeOther } from '../web/see-other.js';
import { DevicesService } from './devices.service.js';

@Controller('devices')
@UseGuards(SessionGuard)
export class DevicesPagesController {
  constructor(
    @Inject(DevicesService) private readonly devices: DevicesService,
    @Inject(AccountService) private readonly account: AccountService,
  ) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  @Render('devices')
  async show(
    @CurrentUser() userId: string,
    @Req() request: Request,
    @CsrfToken() csrfToken: string,
    @Flash() messages: FlashBag,
  ): Promise<object> {
    const [devices, user] = await Promise.all([
      this.devices.list(userId, request),
      this.account.profile(userId),
    ]);
    return {
      title: 'Your devices',
      isAccount: true,
      isPrivate: true,
      user,
      devices,
      hasOthers: devices.some(({ isCurrent }) => !isCurrent),
      csrfToken,
      messages,
    };
  }

  @Post('revoke')
  @Redirect()
  async revoke(
    @CurrentUser() userId: string,
    @Req() request: Request,
    @Body() body: unknown,
  ): Promise<SeeOther> {
    try {
      await this.devices.revoke(userId, fieldsOf(body)['handle']);
      flash(request, 'info', 'The device is logged out.');
    } catch (error) {
      // A list on a page may be old.
      if (!(error instanceof NotFoundException)) throw error;
      flash(request, 'info', 'That device had logged out already.');
    }
    return seeOther('/devices');
  }

  @Post('logout-others')
  @Redirect()
  async revokeOthers(@Req() request: Request): Promise<SeeOther> {
    await this.devices.revokeOthers(request);
    flash(request, 'info', 'All other devices are logged out.');
    return seeOther('/devices');
  }

  @Post('logout-all')
  @Redirect()
  async revokeAll(@CurrentUser() userId: string, @Req() request: Request): Promise<SeeOther> {
    await this.devices.revokeAll(userId, request);
    return seeOther('/login?notice=everywhere');
  }
}
