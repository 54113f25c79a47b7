import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import {
  context,
  metrics,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  type Context,
  type ContextManager,
} from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { CacheService } from 'nestjs-redis-kit';
import { RedisMetricsModule } from 'nestjs-redis-kit/metrics';
import { startApp } from '../support/app.js';
import { RedisServer } from '../support/redis-server.js';

/** As that of @opentelemetry/context-async-hooks, without its package. */
class AsyncContext implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();
  active = (): Context => this.#storage.getStore() ?? ROOT_CONTEXT;
  with = ((
    active: Context,
    run: (...args: unknown[]) => unknown,
    self: unknown,
    ...args: unknown[]
  ) => this.#storage.run(active, () => run.apply(self, args))) as ContextManager['with'];
  bind = <T>(_: Context, target: T): T => target;
  enable = (): this => this;
  disable = (): this => this;
}

const spans = new InMemorySpanExporter();
const tracing = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
const meters = new MeterProvider({ readers: [reader] });

let redis: RedisServer;
let app: INestApplication;

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncContext());
  trace.setGlobalTracerProvider(tracing);
  metrics.setGlobalMeterProvider(meters);
  redis = await RedisServer.startStandalone();
  app = await startApp(
    { connection: redis.url, cache: { deadline: '5s' } },
    { imports: [RedisMetricsModule.forRoot({ openTelemetry: true })] },
  );
});
afterAll(async () => {
  await app.close();
  await meters.shutdown();
  await redis.stop();
});

describe('OpenTelemetry', () => {
  it('gets counters, gauges and histograms by their names', async () => {
    await app.get(CacheService).getOrSet('one', async () => 1);
    await app.get(CacheService).get('one');
    await app.get(CacheService).get('missing');
    await reader.forceFlush();
    const all = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    const points = (name: string): object[] =>
      all
        .filter(({ descriptor }) => descriptor.name === name)
        .flatMap((one): object[] => one.dataPoints);
    expect(points('nestjs_redis_kit.cache.requests')).toContainEqual(
      expect.objectContaining({ attributes: { cache: 'default', result: 'miss' }, value: 2 }),
    );
    expect(points('nestjs_redis_kit.cache.memory.entries')).toContainEqual(
      expect.objectContaining({ attributes: { cache: 'http' }, value: 0 }),
    );
    const duration = all.find(
      ({ descriptor }) => descriptor.name === 'db.client.operation.duration',
    );
    expect(duration?.descriptor.unit).toBe('s');
    expect(duration?.dataPoints.map(({ attributes }) => attributes)).toContainEqual({
      'db.system.name': 'redis',
      'db.operation.name': 'load-or-lease-2',
      'nestjs_redis_kit.client.role': 'cache',
    });
  });

  it('gets spans of operations and loads below the active span, and none where there is no such', async () => {
    const cache = app.get(CacheService);
    await cache.getOrSet('without a span', async () => 1);
    expect(spans.getFinishedSpans()).toEqual([]);
    const tracer = tracing.getTracer('test');
    await tracer.startActiveSpan('request', async (request) => {
      await cache.getOrSet('below', async () => 2);
      request.end();
    });
    const finished = spans.getFinishedSpans();
    const parent = finished.find(({ name }) => name === 'request')!.spanContext().spanId;
    const below = finished.filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent);
    expect(below.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['load-or-lease-2', 'load default', 'commit-entry-2']),
    );
    const operation = below.find(({ name }) => name === 'load-or-lease-2')!;
    expect(operation.kind).toBe(SpanKind.CLIENT);
    expect(operation.attributes).toEqual({
      'db.system.name': 'redis',
      'db.operation.name': 'load-or-lease-2',
      'nestjs_redis_kit.client.role': 'cache',
    });
    expect(JSON.stringify(below.map(({ attributes }) => attributes))).not.toContain('below');
  });

  it('marks the span of a load that failed', async () => {
    spans.reset();
    const failing = app.get(CacheService).getOrSet('fails', () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    const tracer = tracing.getTracer('test');
    await tracer.startActiveSpan('request', async (request) => {
      const load = (): Promise<never> => Promise.reject(new Error('no'));
      await expect(app.get(CacheService).getOrSet('fails', load)).rejects.toThrow('no');
      request.end();
    });
    const span = spans.getFinishedSpans().find(({ name }) => name === 'load default');
    expect(span?.attributes['error.type']).toBe('failed');
    expect(span?.status.code).toBe(2);
  });
});
