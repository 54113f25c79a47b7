import { describe, expect, it } from '@jest/globals';
import type { Request } from 'express';
import { isLazy, makeLazy, prepareRequest } from './lazy-session.js';

const prototype = {};
const session = { cookie: {} } as Request['session'];

function request(): { made: Request; begun: () => number } {
  const made = Object.create(prototype) as Request;
  let count = 0;
  prepareRequest(made);
  makeLazy(made, (one) => {
    count += 1;
    one.sessionID = 'id';
    one.session = session;
  });
  return { made, begun: () => count };
}

describe('a lazy session', () => {
  it('is made when first read, once, by either name', () => {
    const { made, begun } = request();
    expect([isLazy(made), begun()]).toEqual([true, 0]);
    expect([made.sessionID, made.session, made.session]).toEqual(['id', session, session]);
    expect([isLazy(made), begun()]).toEqual([false, 1]);
  });

  it('is never made when somebody else sets one', () => {
    const { made, begun } = request();
    const other = { cookie: {} } as Request['session'];
    made.session = other;
    expect([made.session, isLazy(made), begun()]).toEqual([other, false, 0]);
  });

  it('stays gone once it was deleted', () => {
    const { made, begun } = request();
    expect(made.session).toBe(session);
    Reflect.deleteProperty(made, 'session');
    expect([made.session, begun()]).toEqual([undefined, 1]);
  });

  // Each property of a request costs a shape: see SessionRequest.
  it('costs one property until somebody looks, and the session itself then', () => {
    const { made } = request();
    made.sessionStore = {} as Request['sessionStore'];
    expect(Reflect.ownKeys(made).length).toBe(1);
    expect([made.session, made.sessionID]).toEqual([session, 'id']);
    expect(Reflect.ownKeys(made).length).toBe(2);
  });

  it('is one per request', () => {
    const one = request();
    const other = request();
    expect(one.made.session).toBe(session);
    expect([isLazy(other.made), other.begun()]).toEqual([true, 0]);
  });
});
