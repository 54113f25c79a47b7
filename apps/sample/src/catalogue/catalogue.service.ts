import { Inject, Injectable, NotFoundException } from '@nestjs/common';
import { CacheService } from 'nestjs-redis-kit';
import type { Product, ProductChanges, ProductPage } from './product.js';
import type { ProductQuery } from './product-query.js';
import { productTag, PRODUCTS_TAG } from './product-tags.js';
import { ProductsRepository } from './products.repository.js';
import { StatisticsRepository, type ShopStatistics } from './statistics.repository.js';

@Injectable()
export class CatalogueService {
  constructor(
    @Inject(ProductsRepository) private readonly products: ProductsRepository,
    @Inject(StatisticsRepository) private readonly figures: StatisticsRepository,
    @Inject(CacheService) private readonly cache: CacheService,
  ) {}

  search(query: ProductQuery): Promise<ProductPage> {
    return this.products.search(query);
  }

  /**
   * The cache for data, beside the one for answers: pages that belong to one visitor, such as the cart,
   * are never stored, but the products on them are the same for everybody.
   *
   * @throws NotFoundException
   */
  async find(id: number): Promise<Product> {
    const product = await this.cache.getOrSet(`product:${id}`, () => this.products.find(id), {
      ttl: '10m',
      tags: [productTag(id)],
    });
    return product ?? unknownProduct(id);
  }

  related(product: Product): Promise<Product[]> {
    return this.products.related(product);
  }

  categories(): Promise<string[]> {
    return this.cache.getOrSet('categories', () => this.products.categories(), {
      ttl: '1h',
      tags: [PRODUCTS_TAG],
    });
  }

  statistics(): Promise<ShopStatistics> {
    return this.figures.read();
  }

  /** Whoever calls it invalidates: both controllers do it by `@InvalidateTags`. */
  async update(id: number, changes: ProductChanges): Promise<Product> {
    return (await this.products.update(id, changes)) ?? unknownProduct(id);
  }
}

function unknownProduct(id: number): never {
  throw new NotFoundException(`There is no product ${id}.`);
}
