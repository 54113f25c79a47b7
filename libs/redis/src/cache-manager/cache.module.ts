import {
  ConfigurableModuleBuilder,
  Inject,
  Module,
  type DynamicModule,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Cache } from './cache.js';
import type {
  CacheManagerOptions,
  CacheModuleAsyncOptions,
  CacheModuleOptions,
  CacheOptions,
} from './cache-manager.options.js';
import { CACHE_MANAGER, CACHE_MODULE_OPTIONS } from './cache-manager.tokens.js';
import { createCacheManager } from './create-cache-manager.js';
import { SharedRedisModule } from './shared-redis.js';

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<CacheOptions>({
  moduleName: 'Cache',
  optionsInjectionToken: CACHE_MODULE_OPTIONS,
})
  .setFactoryMethodName('createCacheOptions')
  .build();

interface Disconnectable {
  readonly disconnect?: () => unknown;
}

/**
 * The module of `@nestjs/cache-manager` on the cache of this package: change the import, and keep the
 * application. What differs is in docs/migrate-from-cache-manager.md.
 */
@Module({
  imports: [SharedRedisModule],
  providers: [createCacheManager(), { provide: Cache, useExisting: CACHE_MANAGER }],
  exports: [CACHE_MANAGER, Cache],
})
export class CacheModule extends ConfigurableModuleClass implements OnModuleDestroy {
  constructor(@Inject(CACHE_MODULE_OPTIONS) private readonly options: CacheManagerOptions) {
    super();
  }

  static override register<StoreConfig extends object = Record<string, unknown>>(
    options: CacheModuleOptions<StoreConfig> = {} as CacheModuleOptions<StoreConfig>,
  ): DynamicModule {
    return { global: options.isGlobal, ...super.register(options as CacheOptions) };
  }

  static override registerAsync<StoreConfig extends object = Record<string, unknown>>(
    options: CacheModuleAsyncOptions<StoreConfig>,
  ): DynamicModule {
    const module = super.registerAsync(options as CacheModuleAsyncOptions);
    const providers = [...(module.providers ?? []), ...(options.extraProviders ?? [])];
    return { global: options.isGlobal, ...module, providers };
  }

  /** The stores of before may have connected. */
  async onModuleDestroy(): Promise<void> {
    const stores = [this.options?.stores ?? []].flat() as Disconnectable[];
    await Promise.all(stores.map((store) => store.disconnect?.()));
  }
}
