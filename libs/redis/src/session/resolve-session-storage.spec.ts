import { describe, expect, it } from '@jest/globals';
import { resolveSessionOptions } from './resolve-session-options.js';

const secret = 'x1'.repeat(16);
const resolve = (options: object): unknown => resolveSessionOptions({ secret, ...options }, {});

describe('options of transport and storage', () => {
  it.each([
    [{ transport: 'url' }, 'session.transport', 'never|no such way'],
    [{ bearerHeader: 'Cookie' }, 'session.bearerHeader', 'request header'],
    [{ bearerHeader: 'x token' }, 'session.bearerHeader', 'request header'],
    [{ rememberFor: 'long' }, 'session.rememberFor', 'milliseconds'],
    [{ mergers: { cart: 'sum' } }, 'session.mergers.cart', 'function'],
    [{ mergers: { cookie: () => 1 } }, 'session.mergers.cookie', 'not yours'],
    [{ maxBytes: 100 }, 'session.maxBytes', 'bytes from 512'],
    [{ maxBytes: Infinity }, 'session.maxBytes', 'bytes from 512'],
    [{ hashIds: 'sha256' }, 'session.hashIds', 'migrate'],
    [{ encryption: { keys: [] } }, 'session.encryption.keys', 'at least one key'],
    [
      { encryption: { keys: [{ id: 'k', secret: 'short' }] } },
      'session.encryption.keys[0].secret',
      '32 random bytes',
    ],
    [{ schema: {} }, 'session.schema', 'Standard Schema'],
    [{ prefix: 'shop{}:' }, 'session.prefix', 'hash tag'],
    [{ prefix: 'a}b:' }, 'session.prefix', 'hash tag'],
    [{ secret: 'please change me, this is an example only' }, 'session.secret', '32 random'],
    [
      { secret: ['x1'.repeat(16), 'keyboard cat keyboard cat keyboard cat'] },
      'session.secret[1]',
      '32',
    ],
  ])('refuses %j with the option and the remedy', (options, option, remedy) => {
    const refused = { code: 'CONFIGURATION_INVALID', option };
    expect(() => resolve(options)).toThrow(
      expect.objectContaining({
        ...refused,
        message: expect.stringMatching(new RegExp(remedy)),
      }),
    );
  });

  it('never shows a secret', () => {
    const key = { id: 'k', secret: 'a secret that is too short' };
    for (const options of [
      { encryption: { keys: [key] } },
      { secret: 'change me: s3cr3t s3cr3t s3cr3t s3cr3t' },
    ]) {
      expect(() => resolve(options)).toThrow(
        expect.objectContaining({ message: expect.not.stringMatching(/too short|s3cr3t/) }),
      );
    }
  });

  it('accepts a prefix with one whole hash tag', () => {
    expect(resolve({ prefix: '{shop}:sess:' })).toMatchObject({ prefix: '{shop}:sess:' });
  });
});
