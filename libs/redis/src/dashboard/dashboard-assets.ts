import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';

export interface DashboardAsset {
  readonly type: string;
  readonly bytes: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.html': 'text/html; charset=utf-8',
};

/** The plotting library is taken from its own package. */
const PLOTTING = ['uPlot.iife.min.js', 'uPlot.min.css'];

/** Everything that the pages are made of, by name. Read once; what is not in it does not exist. */
export function readAssets(): ReadonlyMap<string, DashboardAsset> {
  const folder = join(import.meta.dirname, 'assets');
  const own = readdirSync(folder).map((name) => [name, join(folder, name)] as const);
  const { resolve } = createRequire(import.meta.url);
  const plotting = PLOTTING.map((name) => [name, resolve(`uplot/dist/${name}`)] as const);
  const assets = [...own, ...plotting].flatMap(([name, path]) => {
    const type = TYPES[extname(name)];
    return type === undefined ? [] : [[name, { type, bytes: readFileSync(path) }] as const];
  });
  return new Map(assets);
}
