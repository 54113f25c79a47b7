import {
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  HttpStatus,
  Inject,
  Param,
  Post,
  Req,
  UseGuards,
} from '@nestjs/common';
import type { Request } from 'express';
import { CurrentUser, SessionGuard } from 'nestjs-redis-kit';
import { DevicesService, type Device } from './devices.service.js';

/** For browsers with their cookie and for apps with their token alike. */
@Controller('api/devices')
@UseGuards(SessionGuard)
export class DevicesApiController {
  constructor(@Inject(DevicesService) private readonly devices: DevicesService) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  async list(
    @CurrentUser() userId: string,
    @Req() request: Request,
  ): Promise<{ devices: Device[] }> {
    return { devices: await this.devices.list(userId, request) };
  }

  @Delete(':handle')
  @HttpCode(HttpStatus.NO_CONTENT)
  revoke(@CurrentUser() userId: string, @Param('handle') handle: string): Promise<void> {
    return this.devices.revoke(userId, handle);
  }

  @Post('logout-others')
  @HttpCode(HttpStatus.OK)
  async revokeOthers(@Req() request: Request): Promise<{ loggedOut: number }> {
    return { loggedOut: await this.devices.revokeOthers(request) };
  }

  @Post('logout-all')
  @HttpCode(HttpStatus.NO_CONTENT)
  revokeAll(@CurrentUser() userId: string, @Req() request: Request): Promise<void> {
    return this.devices.revokeAll(userId, request);
  }
}
