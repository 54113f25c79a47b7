import { Module } from '@nestjs/common';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { CartApiController } from './cart-api.controller.js';
import { CartPagesController } from './cart-pages.controller.js';
import { CartService } from './cart.service.js';

@Module({
  imports: [CatalogueModule],
  controllers: [CartApiController, CartPagesController],
  providers: [CartService],
  exports: [CartService],
})
export class CartModule {}
