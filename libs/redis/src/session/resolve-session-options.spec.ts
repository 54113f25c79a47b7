import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../common/errors.js';
import { mergeFlash } from './flash/flash-messages.js';
import { resolveSessionOptions } from './resolve-session-options.js';

const SECRET = 'x1'.repeat(16);
const resolve = (options: object, env = {}): ReturnType<typeof resolveSessionOptions> =>
  resolveSessionOptions({ secret: SECRET, ...options }, env);

describe('resolveSessionOptions', () => {
  it('fills in safe defaults', () => {
    expect(resolve({})).toEqual({
      transport: 'cookie',
      bearerHeader: 'authorization',
      rememberForMs: 2_592_000_000,
      mergers: { $flash: mergeFlash },
      maxBytes: 262_144,
      hashIds: false,
      cipher: undefined,
      readsPlain: true,
      schema: undefined,
      secrets: [SECRET],
      connection: 'default',
      prefix: 'sess:',
      idleTimeoutMs: 1_800_000,
      absoluteTimeoutMs: 43_200_000,
      renewBelow: 0.9,
      rememberEndsMs: 30_000,
      clearSiteData: undefined,
      cookieName: 'sid',
      cookie: { secure: 'auto', sameSite: 'lax', path: '/', httpOnly: true },
      trustProxy: undefined,
      mount: true,
      loginUrl: undefined,
      deadlineMs: 3000,
      trustedOrigins: [],
      csrf: { header: 'x-csrf-token', field: '_csrf', cookieName: 'csrf' },
      sockets: { checkIntervalMs: 30_000, touch: false },
      perUser: { max: 1000, policy: 'drop-oldest', device: true },
      sweepIntervalMs: undefined,
      shareEvents: false,
    });
  });

  it.each([
    [{ NODE_ENV: 'production' }, {}, '__Host-sid', true],
    [{}, { secure: true }, '__Host-sid', true],
    [{ NODE_ENV: 'production' }, { domain: 'shop.example' }, 'sid', true],
    [{ NODE_ENV: 'production' }, { path: '/app' }, 'sid', true],
    [{ NODE_ENV: 'production' }, { secure: 'auto' }, 'sid', 'auto'],
    [{ NODE_ENV: 'production' }, { name: 'mine' }, 'mine', true],
  ])('with %j and cookie %j names the cookie %s', (env, cookie, name, secure) => {
    const resolved = resolve({ cookie }, env);
    expect([resolved.cookieName, resolved.cookie.secure]).toEqual([name, secure]);
  });

  it('has no absolute limit when that is switched off', () => {
    expect(resolve({ absoluteTimeout: false }).absoluteTimeoutMs).toBeUndefined();
  });

  it.each([
    ['session.secret', { secret: undefined }],
    ['session.secret', { secret: '' }],
    ['session.secret', { secret: [] }],
    ['session.secret', { secret: 'x'.repeat(31) }],
    ['session.secret', { secret: `short${' '.repeat(40)}` }],
    ['session.secret', { secret: 42 }],
    ['session.secret[1]', { secret: [SECRET, 'short'] }],
    ['session.prefix', { prefix: '' }],
    ['session.prefix', { prefix: 'a*b:' }],
    ['session.prefix', { prefix: 'index:' }],
    ['session.prefix', { prefix: 'ind' }],
    ['session.perUser.max', { perUser: { max: 0 } }],
    ['session.perUser.max', { perUser: { max: 1.5 } }],
    ['session.perUser.max', { perUser: { max: 1001 } }],
    ['session.perUser.policy', { perUser: { policy: 'drop-newest' } }],
    ['session.expiryEvents.interval', { expiryEvents: { interval: '2d' } }],
    ['session.prefix', { prefix: 'a b' }],
    ['session.idleTimeout', { idleTimeout: 0 }],
    ['session.absoluteTimeout', { idleTimeout: '2h', absoluteTimeout: '1h' }],
    ['session.renewBelow', { renewBelow: 0 }],
    ['session.rememberEnds', { rememberEnds: '8d' }],
    ['session.clearSiteData', { clearSiteData: ['all'] }],
    ['session.clearSiteData', { clearSiteData: 'cache' }],
    ['session.renewBelow', { renewBelow: 1.1 }],
    ['session.renewBelow', { renewBelow: NaN }],
    ['session.deadline', { deadline: -1 }],
    ['session.loginUrl', { loginUrl: 'login' }],
    ['session.loginUrl', { loginUrl: '//evil.example' }],
    ['session.loginUrl', { loginUrl: 'javascript:alert(1)' }],
    ['session.cookie.name', { cookie: { name: 'a b' } }],
    ['session.cookie.name', { cookie: { name: '__Host-sid' } }],
    ['session.cookie.name', { cookie: { name: '__Host-sid', secure: true, path: '/app' } }],
    ['session.cookie.name', { cookie: { name: '__Host-sid', secure: true, domain: 'a.example' } }],
    ['session.cookie.name', { cookie: { name: '__Secure-sid', secure: 'auto' } }],
    ['session.cookie.path', { cookie: { path: 'app' } }],
    ['session.cookie.sameSite', { cookie: { sameSite: 'none' } }],
    ['session.cookie.sameSite', { cookie: { sameSite: 'Lax' } }],
    ['session.cookie.partitioned', { cookie: { partitioned: true } }],
    ['session.cookie.maxAge', { cookie: { maxAge: '1m' } }],
  ])('refuses a wrong %s: %j', (option, options) => {
    expect(() => resolve(options)).toThrow(ConfigurationError);
    expect(() => resolve(options)).toThrow(`\`${option}\``);
  });

  it('never shows a secret', () => {
    expect(() => resolve({ secret: 'hunter2' })).not.toThrow(/hunter2/);
    expect(() => resolve({ secret: 'hunter2' })).toThrow(/7 characters, not shown.*at least 32/);
  });
});
