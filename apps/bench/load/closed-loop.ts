import autocannon, { type Client, type Instance, type Request } from 'autocannon';
import type { LoadOrder, LoadReport } from '../src/load.js';
import { reportOf, uniquePath } from './report.js';

const TIMEOUT_SECONDS = 10;

/** Autocannon: each connection sends its next request when it has its answer. */
export function closedLoop(order: LoadOrder): Promise<LoadReport> {
  const micros: number[] = [];
  let failures = 0;
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const instance: Instance = autocannon(optionsOf(order), (error: unknown) => {
      if (error) return reject(error);
      const seconds = (performance.now() - startedAt) / 1000;
      resolve(reportOf({ micros, failures, seconds }));
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
  const { url, seconds, connections, cookies, isUnique } = order;
  let client = 0;
  return {
    url,
    connections,
    duration: seconds,
    timeout: TIMEOUT_SECONDS,
    sampleInt: 100,
    ...(cookies.length > 0 && {
      setupClient: (it: Client) =>
        it.setHeaders({ cookie: cookies[client++ % cookies.length] ?? '' }),
    }),
    ...(isUnique && { requests: [{ setupRequest: withUniqueUrl }] }),
  };
}

function withUniqueUrl(request: Request): Request {
  const [path = ''] = (request.path ?? '').split('?');
  return { ...request, path: uniquePath(path) };
}
