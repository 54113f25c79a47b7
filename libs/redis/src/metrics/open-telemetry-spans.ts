import { heard, type HeardLoad, type HeardOperation } from './heard-channels.js';
import { INSTRUMENTATION, type OpenTelemetryApi } from './open-telemetry.js';

/**
 * Makes spans of operations on Redis and of loads, below the span that is active where they end: that of the
 * request. Where none is active, as for heartbeats and refreshes in the background, there is no span.
 *
 * A span is made once its work has ended, so spans that a loader makes itself stand beside it, not below.
 *
 * @returns ends it
 */
export function exportSpans(api: OpenTelemetryApi): () => void {
  const { SpanKind, SpanStatusCode, trace } = api;
  const tracer = trace.getTracer(INSTRUMENTATION);
  const span = (work: Work): void => {
    if (!trace.getActiveSpan()) return;
    const { name, kind, attributes, ms, error } = work;
    const endedAt = performance.timeOrigin + performance.now();
    const made = tracer.startSpan(name, {
      kind: SpanKind[kind],
      startTime: endedAt - ms,
      attributes: { ...attributes, ...(error !== undefined && { 'error.type': error }) },
    });
    if (error !== undefined) made.setStatus({ code: SpanStatusCode.ERROR });
    made.end(endedAt);
  };
  const ends = [
    heard.operation.subscribe((event) => span(operationWork(event))),
    heard.load.subscribe((event) => span(loadWork(event))),
  ];
  return () => ends.forEach((end) => end());
}

interface Work {
  readonly name: string;
  readonly kind: 'CLIENT' | 'INTERNAL';
  readonly attributes: Readonly<Record<string, string>>;
  readonly ms: number;
  readonly error: string | undefined;
}

/** Semantic conventions for database client spans: the name is the operation, as there is no target to name. */
function operationWork({ role, operation, ms, outcome }: HeardOperation): Work {
  return {
    name: operation,
    kind: 'CLIENT',
    attributes: {
      'db.system.name': 'redis',
      'db.operation.name': operation,
      'nestjs_redis_kit.client.role': role,
    },
    ms,
    error: outcome === 'answered' ? undefined : outcome,
  };
}

function loadWork({ cache, ms, outcome }: HeardLoad): Work {
  return {
    name: `load ${cache}`,
    kind: 'INTERNAL',
    attributes: { 'nestjs_redis_kit.cache.name': cache },
    ms,
    error: outcome === 'failed' ? outcome : undefined,
  };
}
