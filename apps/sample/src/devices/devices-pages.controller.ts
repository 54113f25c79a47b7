import {
  Body,
  Controller,
  Get,
  Header,
  Inject,
  NotFoundException,
  Post,
  Query,
  Redirect,
  Render,
  Req,
  UseGuards,
} from '@nestjs/common';
import type { Request } from 'express';
import { CurrentUser, SessionGuard } from 'nestjs-redis-kit';
import { AccountService } from '../account/account.service.js';
import { fieldsOf } from '../web/input.js';
import { seeOther, type SeeOther } from '../web/see-other.js';
import { DevicesService } from './devices.service.js';

/** What `?done=` says on the page: the text stands here, never in the address. */
const DONE = new Map<unknown, string>([
  ['one', 'The device is logged out.'],
  ['gone', 'That device had logged out already.'],
  ['others', 'All other devices are logged out.'],
]);

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
    @Query('done') done: unknown,
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
      done: DONE.get(done),
    };
  }

  @Post('revoke')
  @Redirect()
  async revoke(@CurrentUser() userId: string, @Body() body: unknown): Promise<SeeOther> {
    try {
      await this.devices.revoke(userId, fieldsOf(body)['handle']);
      return seeOther('/devices?done=one');
    } catch (error) {
      // A list on a page may be old.
      if (!(error instanceof NotFoundException)) throw error;
      return seeOther('/devices?done=gone');
    }
  }

  @Post('logout-others')
  @Redirect()
  async revokeOthers(@Req() request: Request): Promise<SeeOther> {
    await this.devices.revokeOthers(request);
    return seeOther('/devices?done=others');
  }

  @Post('logout-all')
  @Redirect()
  async revokeAll(@CurrentUser() userId: string, @Req() request: Request): Promise<SeeOther> {
    await this.devices.revokeAll(userId, request);
    return seeOther('/login?notice=everywhere');
  }
}
