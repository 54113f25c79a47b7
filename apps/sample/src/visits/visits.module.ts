import { Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.js';
import { VisitsController } from './visits.controller.js';

@Module({ imports: [AccountModule], controllers: [VisitsController] })
export class VisitsModule {}
