import {
  Body,
  Controller,
  Get,
  Header,
  Inject,
  Param,
  Post,
  Query,
  Redirect,
  Render,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import {
  CacheInterceptor,
  CacheScope,
  CacheTags,
  CacheTTL,
  CsrfToken,
  InvalidateTags,
  NoCache,
  SessionGuard,
} from 'nestjs-redis-kit';
import { wholeNumber } from '../web/input.js';
import { seeOther, type SeeOther } from '../web/see-other.js';
import { CatalogueService } from './catalogue.service.js';
import { catalogueView, productView, statisticsView } from './catalogue.views.js';
import { readProductForm } from './product-changes.js';
import { readProductQuery } from './product-query.js';
import { PRODUCTS_TAG, thisProduct } from './product-tags.js';

/**
 * The same as HTML. What is cached are the bytes as sent, so these pages show nothing personal: name and
 * cart count in the header come from `GET /api/me`, which `public/shop.js` asks.
 */
@Controller()
@UseInterceptors(CacheInterceptor)
@CacheScope('public')
export class CataloguePagesController {
  constructor(@Inject(CatalogueService) private readonly catalogue: CatalogueService) {}

  @Get()
  @CacheTTL('1m')
  @CacheTags(PRODUCTS_TAG)
  @Render('catalogue')
  async list(@Query() parameters: Record<string, unknown>): Promise<object> {
    const query = readProductQuery(parameters);
    const categories = await this.catalogue.categories();
    return catalogueView(await this.catalogue.search(query), query, categories);
  }

  @Get('stats')
  @CacheTTL('5m')
  @CacheTags(PRODUCTS_TAG)
  @Render('stats')
  async stats(): Promise<object> {
    return statisticsView(await this.catalogue.statistics());
  }

  /** Shows its neighbors too, so it also bears their tag. */
  @Get('products/:id')
  @CacheTTL('10m')
  @CacheTags(PRODUCTS_TAG, thisProduct)
  @Render('product')
  async product(@Param('id') id: string): Promise<object> {
    const product = await this.catalogue.find(wholeNumber(id, 'id'));
    return productView(product, await this.catalogue.related(product));
  }

  @Get('products/:id/edit')
  @UseGuards(SessionGuard)
  @NoCache()
  @Header('Cache-Control', 'no-store')
  @Render('edit')
  async edit(@Param('id') id: string, @CsrfToken() csrfToken: string): Promise<object> {
    const product = await this.catalogue.find(wholeNumber(id, 'id'));
    return {
      title: `Edit ${product.name}`,
      product,
      dollars: (product.priceCents / 100).toFixed(2),
      csrfToken,
    };
  }

  @Post('products/:id')
  @UseGuards(SessionGuard)
  @InvalidateTags(PRODUCTS_TAG, thisProduct)
  @Redirect()
  async update(@Param('id') id: string, @Body() body: unknown): Promise<SeeOther> {
    const product = await this.catalogue.update(wholeNumber(id, 'id'), readProductForm(body));
    return seeOther(`/products/${product.id}`);
  }
}
