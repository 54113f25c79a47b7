import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const SRC = join(import.meta.dirname, '../libs/redis/src');

/** What each room may import besides itself. An arrow that is not here is not allowed. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  common: [],
  diagnostics: ['common'],
  connection: ['diagnostics', 'common'],
  cache: ['connection', 'diagnostics', 'common'],
  session: ['connection', 'diagnostics', 'common'],
  structures: ['connection', 'diagnostics', 'common'],
  inspection: ['cache', 'session', 'structures', 'metrics', 'connection', 'diagnostics', 'common'],
  metrics: ['diagnostics', 'common'],
  access: ['cache', 'session', 'structures', 'connection', 'common'],
  bin: ['.', 'access', 'common'],
  schematics: ['connection', 'common'],
  dashboard: [
    'inspection',
    'cache',
    'session',
    'structures',
    'metrics',
    'connection',
    'diagnostics',
    'common',
  ],
  health: ['connection', 'diagnostics', 'common'],
  'cache-manager': ['cache', 'connection', 'common', '.'],
  testing: [
    'cache',
    'session',
    'structures',
    'inspection',
    'metrics',
    'health',
    'connection',
    'diagnostics',
    'common',
    '.',
  ],
  '.': [
    'cache',
    'session',
    'structures',
    'inspection',
    'metrics',
    'access',
    'connection',
    'diagnostics',
    'common',
  ],
};

/** Rooms and files that stay plain TypeScript. */
const PLAIN = [
  'common/',
  'diagnostics/',
  'cache/entry.ts',
  'cache/entry-format.ts',
  'cache/freshness.ts',
  'cache/stores/',
  'cache/read-through/',
  'cache/tags/',
  'cache/invalidation/',
  'cache/http/cache-control.ts',
  'cache/http/cache-status.ts',
  'cache/http/content-coding.ts',
  'cache/http/downstream.ts',
  'cache/http/entity-tag.ts',
  'cache/http/fast-lane/fast-lane.options.ts',
  'cache/http/fast-lane/lane-head.ts',
  'cache/http/fast-lane/lane-refusal.ts',
  'cache/http/fast-lane/lane-request.ts',
  'cache/http/fast-lane/server-front.ts',
  'cache/http/fast-lane/wire-head.ts',
  'cache/http/freshen.ts',
  'cache/http/http-cache-policy.ts',
  'cache/http/http-date.ts',
  'cache/http/lifetime.ts',
  'cache/http/preconditions.ts',
  'cache/http/query.ts',
  'cache/http/representation.ts',
  'cache/http/request-directives.ts',
  'cache/http/reuse.ts',
  'cache/http/targeted.ts',
  'cache/http/vary.ts',
  'session/merge.ts',
  'metrics/catalog.ts',
  'metrics/count-events.ts',
  'metrics/distinct-estimate.ts',
  'metrics/instruments.ts',
  'metrics/redis-metrics.ts',
];
const FRAMEWORK = /^(@nestjs\/|express(-session)?$|rxjs)/;

/** Inside cache: the arrow from http and decorators to the rest is one way. */
const INNER_CACHE = ['cache/stores/', 'cache/read-through/', 'cache/tags/', 'cache/invalidation/'];

interface Import {
  readonly file: string;
  readonly specifier: string;
  readonly isTypeOnly: boolean;
  /** Path inside src for a relative import. */
  readonly target: string | undefined;
}

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .map((name) => join(folder, name));
}

function importsOf(path: string): Import[] {
  const text = readFileSync(path, 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
  const found = text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm);
  const file = relative(SRC, path);
  return [...found].map(([, type, specifier = '']) => ({
    file,
    specifier,
    isTypeOnly: type !== undefined,
    target: specifier.startsWith('.')
      ? relative(SRC, resolve(dirname(path), specifier))
      : undefined,
  }));
}

function roomOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : '.';
}

const imports = sources(SRC).flatMap(importsOf);
const list = (wrong: readonly Import[]): string[] =>
  wrong.map(({ file, specifier }) => `${file} -> ${specifier}`);

describe('import arrows', () => {
  it('are found at all', () => {
    expect(imports.length).toBeGreaterThan(100);
    expect(imports.some(({ target }) => target?.startsWith('common/'))).toBe(true);
  });

  it('point one way between the rooms', () => {
    const wrong = imports.filter(({ file, target }) => {
      if (target === undefined || roomOf(file) === roomOf(target)) return false;
      return !(ARROWS[roomOf(file)] ?? []).includes(roomOf(target));
    });
    expect(list(wrong)).toEqual([]);
  });

  it('go from the HTTP side of the cache inwards, never back', () => {
    const wrong = imports.filter(
      ({ file, target }) =>
        INNER_CACHE.some((room) => file.startsWith(room)) &&
        /^cache\/(http|decorators)\//.test(target ?? ''),
    );
    expect(list(wrong)).toEqual([]);
  });

  it('keep Nest, Express and RxJS out of the plain rooms', () => {
    const wrong = imports.filter(
      ({ file, specifier }) =>
        PLAIN.some((room) => file.startsWith(room)) && FRAMEWORK.test(specifier),
    );
    expect(list(wrong)).toEqual([]);
  });

  it('bring ioredis in as a value only in connection/', () => {
    const wrong = imports.filter(
      ({ file, specifier, isTypeOnly }) =>
        specifier === 'ioredis' && !isTypeOnly && roomOf(file) !== 'connection',
    );
    expect(list(wrong)).toEqual([]);
  });

  it('name only packages that the library declares', () => {
    const manifest = JSON.parse(readFileSync(join(SRC, '../package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    const declared = new Set(
      Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
    );
    const wrong = imports.filter(({ specifier, target, isTypeOnly }) => {
      if (target !== undefined || specifier.startsWith('node:') || isTypeOnly) return false;
      return !declared.has(
        specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/'),
      );
    });
    expect(list(wrong)).toEqual([]);
  });

  it('make no circles', () => {
    const graph = new Map<string, string[]>();
    for (const { file, target, isTypeOnly } of imports) {
      if (target !== undefined && !isTypeOnly)
        graph.set(file, [...(graph.get(file) ?? []), target.replace(/\.js$/, '.ts')]);
    }
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): string[] | undefined => {
      if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
      if (done.has(file)) return undefined;
      for (const next of graph.get(file) ?? []) {
        const circle = visit(next, [...path, file]);
        if (circle) return circle;
      }
      done.add(file);
      return undefined;
    };
    const circles = [...graph.keys()].map((file) => visit(file, [])).filter(Boolean);
    expect(circles).toEqual([]);
  });
});
