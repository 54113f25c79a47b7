// The load generator: autocannon in a process of its own, away from the server and from what measures.
import autocannon, { type Client, type Instance, type Request } from 'autocannon';
import process from 'node:process';
import type { FromLoad, LoadOrder, LoadReport } from '../src/load.js';
import { percentile } from '../src/report/statistics.js';

const TIMEOUT_SECONDS = 10;
let unique = 0;

process.on('disconnect', () => process.exit(0));
process.on('message', (order: LoadOrder) => {
  run(order).then(
    (report) => tell({ kind: 'report', report }),
    (error: unknown) => tell({ kind: 'failed', reason: String(error) }),
  );
});
tell({ kind: 'ready' });

function run(order: LoadOrder): Promise<LoadReport> {
  const micros: number[] = [];
  let failures = 0;
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const instance: Instance = autocannon(optionsOf(order), (error: unknown) => {
      if (error) return reject(error);
      const seconds = (performance.now() - startedAt) / 1000;
      micros.sort((a, b) => a - b);
      resolve({
        answers: micros.length,
        failures,
        seconds,
        p50Micros: percentile(micros, 50),
        p99Micros: percentile(micros, 99),
      });
    });
    // autocannon's own histogram counts whole milliseconds.
    instance.on('response', (_client, status, _bytes, milliseconds) => {
      if (status === 200) micros.push(milliseconds * 1000);
      else failures++;
    });
    instance.on('reqError', () => failures++);
  });
}

function optionsOf(order: LoadOrder): autocannon.Options {
  const { url, seconds, connections, cookies, isUnique, rate } = order;
  let client = 0;
  return {
    url,
    connections,
    duration: seconds,
    timeout: TIMEOUT_SECONDS,
    sampleInt: 100,
    ...(rate > 0 && { overallRate: rate }),
    ...(cookies.length > 0 && {
      setupClient: (it: Client) =>
        it.setHeaders({ cookie: cookies[client++ % cookies.length] ?? '' }),
    }),
    ...(isUnique && { requests: [{ setupRequest: withUniqueUrl }] }),
  };
}

function withUniqueUrl(request: Request): Request {
  const [path = ''] = (request.path ?? '').split('?');
  return { ...request, path: `${path}?n=${process.pid}-${unique++}` };
}

function tell(message: FromLoad): void {
  process.send?.(message);
}
