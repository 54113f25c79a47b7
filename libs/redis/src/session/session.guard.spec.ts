import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Public } from './public.decorator.js';
import { resolveSessionOptions } from './resolve-session-options.js';
import { SessionUnavailableError } from './session.errors.js';
import { markSessionFailure } from './session-request.js';
import { SessionGuard } from './session.guard.js';

class Controller {
  guarded(): void {}
  @Public()
  open(): void {}
}

const options = resolveSessionOptions(
  { secret: 'x1'.repeat(16), loginUrl: '/login?from=shop' },
  {},
);

interface Situation {
  readonly session?: object;
  readonly url?: string;
  readonly method?: string;
  readonly wants?: 'html' | 'json';
  readonly handler?: 'guarded' | 'open';
  readonly isMounted?: boolean;
}

function arrange(situation: Situation): {
  context: ExecutionContext;
  request: object;
  headers: Map<string, string>;
} {
  const { session, url = '/cart', method = 'GET', wants = 'json', handler = 'guarded' } = situation;
  const headers = new Map<string, string>();
  const request = {
    method,
    session,
    originalUrl: url,
    sessionStore: situation.isMounted === false ? undefined : {},
    accepts: () => wants,
    res: {
      headersSent: false,
      setHeader: (name: string, value: string) => headers.set(name, value),
    },
  };
  const context = {
    getHandler: () => Reflect.get(Controller.prototype, handler),
    getClass: () => Controller,
    switchToHttp: () => ({ getRequest: () => request }),
  } as unknown as ExecutionContext;
  return { context, request, headers };
}

const guard = new SessionGuard(new Reflector(), options);

describe('SessionGuard', () => {
  it('lets a logged-in session pass, and everyone on a public handler', () => {
    expect(guard.canActivate(arrange({ session: { userId: 'alice' } }).context)).toBe(true);
    expect(guard.canActivate(arrange({ handler: 'open', isMounted: false }).context)).toBe(true);
  });

  it.each([undefined, {}, { userId: '' }, { userId: 7 }, { userId: null }])(
    'answers 401 for the session %j',
    (session) => {
      const { context } = arrange({ session });
      expect(() => guard.canActivate(context)).toThrow(expect.objectContaining({ status: 401 }));
    },
  );

  it.each([
    ['GET', '/cart?tab=1', 302, '/login?from=shop&returnTo=%2Fcart%3Ftab%3D1'],
    ['POST', '/cart', 303, '/login?from=shop'],
    ['GET', '//evil.example/x', 302, '/login?from=shop&returnTo=%2F'],
  ])('sends a browser that wanted %s %s away with %i to %s', (method, url, status, location) => {
    const { context, headers } = arrange({ method, url, wants: 'html' });
    expect(() => guard.canActivate(context)).toThrow(expect.objectContaining({ status }));
    expect(headers.get('Location')).toBe(location);
  });

  it('does not send a browser from the login page to the login page', () => {
    const { context } = arrange({ url: '/login?x=1', wants: 'html' });
    expect(() => guard.canActivate(context)).toThrow(expect.objectContaining({ status: 401 }));
  });

  it('answers 503 with Retry-After when the session could not be read', () => {
    const { context, request, headers } = arrange({ session: {} });
    markSessionFailure(request, new SessionUnavailableError('it is a test.'));
    expect(() => guard.canActivate(context)).toThrow(expect.objectContaining({ statusCode: 503 }));
    expect(headers.get('Retry-After')).toBe('5');
  });

  it('says so when sessions are not mounted or not configured', () => {
    const { context } = arrange({ isMounted: false });
    expect(() => guard.canActivate(context)).toThrow(
      expect.objectContaining({ code: 'SESSION_NOT_MOUNTED' }),
    );
    const bare = new SessionGuard(new Reflector(), undefined);
    expect(() => bare.canActivate(context)).toThrow(
      expect.objectContaining({ code: 'SESSIONS_NOT_CONFIGURED' }),
    );
  });
});
