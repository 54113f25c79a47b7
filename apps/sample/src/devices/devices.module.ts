import { Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.js';
import { DeviceNewsController } from './device-news.controller.js';
import { DeviceNews } from './device-news.service.js';
import { DevicesApiController } from './devices-api.controller.js';
import { DevicesPagesController } from './devices-pages.controller.js';
import { DevicesService } from './devices.service.js';

@Module({
  imports: [AccountModule],
  controllers: [DeviceNewsController, DevicesApiController, DevicesPagesController],
  providers: [DevicesService, DeviceNews],
})
export class DevicesModule {}
