import { Module } from '@nestjs/common';
import { AccountApiController } from './account-api.controller.js';
import { AccountPagesController } from './account-pages.controller.js';
import { AccountService } from './account.service.js';
import { Users } from './users.js';

@Module({
  controllers: [AccountApiController, AccountPagesController],
  providers: [AccountService, Users],
  exports: [AccountService, Users],
})
export class AccountModule {}
