import { describe, expect, it } from '@jest/globals';
import { packageTimes, selfTimes } from './profile.js';

const node = (id: number, functionName: string, url = ''): never =>
  ({ id, callFrame: { functionName, url, lineNumber: 9 } }) as never;

describe('packageTimes', () => {
  it('adds up the functions of a package', () => {
    const { rows } = packageTimes({
      nodes: [
        node(1, '(idle)'),
        node(2, 'read', 'file:///x/node_modules/body-parser/lib/read.js'),
        node(3, 'get', 'file:///x/node_modules/@nestjs/core/router.js'),
        node(4, 'set', 'file:///x/node_modules/@nestjs/core/injector.js'),
        node(5, 'writev'),
      ],
      samples: [1, 2, 3, 4, 5],
    });
    expect(rows).toEqual([
      ['@nestjs/core', '50.0'],
      ['body-parser', '25.0'],
      ['native writev', '25.0'],
    ]);
  });
});

describe('selfTimes', () => {
  it('counts samples per function as parts of the time that was not idle', () => {
    const { rows } = selfTimes({
      nodes: [
        node(1, '(idle)'),
        node(2, 'write', 'node:net'),
        // The same function, called from two places.
        node(3, 'intercept', 'file:///x/libs/redis/dist/cache/http/cache.interceptor.js'),
        node(4, 'intercept', 'file:///x/libs/redis/dist/cache/http/cache.interceptor.js'),
      ],
      samples: [1, 1, 1, 2, 3, 4, 4],
    });
    expect(rows).toEqual([
      ['intercept kit:cache/http/cache.interceptor.js:10', '75.0'],
      ['write node:net:10', '25.0'],
    ]);
  });
});
