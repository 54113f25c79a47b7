import { expect, it } from '@jest/globals';
import { isOwnAction, type RequestSource } from './same-origin.js';

const own: RequestSource = {
  site: 'same-origin',
  origin: 'https://shop.example',
  host: 'shop.example',
  action: '1',
};

it.each<[string, Partial<RequestSource>, boolean]>([
  ['a page of the dashboard', {}, true],
  ['one behind a proxy that rewrites Host', { host: 'internal:3000' }, true],
  ['one over plain HTTP', { site: undefined }, true],
  ['one on a port', { site: undefined, origin: 'http://a.example:81', host: 'A.example:81' }, true],
  ['a form, which cannot set the header', { action: undefined }, false],
  ['another site', { site: 'cross-site', origin: 'https://evil.example' }, false],
  ['another host of the site', { site: 'same-site', origin: 'https://blog.example' }, false],
  ['a bookmark', { site: 'none' }, false],
  ['another origin over plain HTTP', { site: undefined, origin: 'http://evil.example' }, false],
  ['another port over plain HTTP', { site: undefined, origin: 'http://shop.example:81' }, false],
  ['a sandboxed page', { site: undefined, origin: 'null' }, false],
  ['nobody knows who', { site: undefined, origin: undefined }, false],
])('an action of %s', (_name, change, isAllowed) => {
  expect(isOwnAction({ ...own, ...change })).toBe(isAllowed);
});
