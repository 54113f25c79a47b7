import {
  Body,
  Controller,
  Get,
  Inject,
  Param,
  Put,
  Query,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import {
  CacheInterceptor,
  CacheScope,
  CacheTags,
  CacheTTL,
  InvalidateTags,
  SessionGuard,
} from 'nestjs-redis-kit';
import { wholeNumber } from '../web/input.js';
import { CatalogueService } from './catalogue.service.js';
import type { Product, ProductPage } from './product.js';
import { readProductChanges } from './product-changes.js';
import { readProductQuery } from './product-query.js';
import { PRODUCTS_TAG, thisProduct } from './product-tags.js';
import type { ShopStatistics } from './statistics.repository.js';

/**
 * Cached answers. `@CacheScope('public')` declares that they are the same for everybody: without it, a
 * visitor who is logged in or has a cart would go past the cache.
 */
@Controller('api/products')
@UseInterceptors(CacheInterceptor)
@CacheScope('public')
export class ProductsApiController {
  constructor(@Inject(CatalogueService) private readonly catalogue: CatalogueService) {}

  @Get()
  @CacheTTL('1m')
  @CacheTags(PRODUCTS_TAG)
  list(@Query() query: Record<string, unknown>): Promise<ProductPage> {
    return this.catalogue.search(readProductQuery(query));
  }

  @Get('stats')
  @CacheTTL('5m')
  @CacheTags(PRODUCTS_TAG)
  stats(): Promise<ShopStatistics> {
    return this.catalogue.statistics();
  }

  @Get(':id')
  @CacheTTL('10m')
  @CacheTags(thisProduct)
  find(@Param('id') id: string): Promise<Product> {
    return this.catalogue.find(wholeNumber(id, 'id'));
  }

  /** The next request for an answer that shows this product is a miss, here and on every other node. */
  @Put(':id')
  @UseGuards(SessionGuard)
  @InvalidateTags(PRODUCTS_TAG, thisProduct)
  update(@Param('id') id: string, @Body() body: unknown): Promise<Product> {
    return this.catalogue.update(wholeNumber(id, 'id'), readProductChanges(body));
  }
}
