import { Module } from '@nestjs/common';
import { CataloguePagesController } from './catalogue-pages.controller.js';
import { CatalogueService } from './catalogue.service.js';
import { ProductsApiController } from './products-api.controller.js';
import { ProductsRepository } from './products.repository.js';
import { StatisticsRepository } from './statistics.repository.js';

@Module({
  controllers: [ProductsApiController, CataloguePagesController],
  providers: [CatalogueService, ProductsRepository, StatisticsRepository],
  exports: [CatalogueService],
})
export class CatalogueModule {}
