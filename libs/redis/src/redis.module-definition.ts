import { ConfigurableModuleBuilder } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import type {
  RedisModuleExtras,
  RedisModuleOptions,
  RedisOptionsFactory,
} from './redis.options.js';
import { REDIS_MODULE_OPTIONS } from './redis.tokens.js';
import { redisExports, redisProviders } from './redis.providers.js';

/**
 * `forRoot` and `forRootAsync`. Which providers exist is decided here, from the extras alone; what
 * they do is decided by the options, which may come later.
 */
export const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<RedisModuleOptions>({
    moduleName: 'Redis',
    optionsInjectionToken: REDIS_MODULE_OPTIONS,
  })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createRedisOptions' satisfies keyof RedisOptionsFactory)
    .setExtras<RedisModuleExtras>(
      { isGlobal: true, connectionNames: [] },
      (definition, { isGlobal, connectionNames = [] }) => ({
        ...definition,
        imports: [...(definition.imports ?? []), DiscoveryModule],
        global: isGlobal,
        providers: [...(definition.providers ?? []), ...redisProviders(connectionNames)],
        exports: redisExports(connectionNames),
      }),
    )
    .build();
