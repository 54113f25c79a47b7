import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Response } from 'express';
import { AnswerHooks, type Step } from './answer-hooks.js';
import { sessionRequestOf } from './session-request.js';

/** An application has a prototype for its responses; one within another has one that inherits from that. */
const application = Object.create(ServerResponse.prototype) as object;
const inner = Object.create(application) as object;
const originalEnd = jest.fn<(text: string) => void>();
const sockets: Socket[] = [];

Object.defineProperty(application, 'end', {
  value: originalEnd,
  writable: true,
  configurable: true,
});

beforeEach(() => {
  originalEnd.mockClear();
});

afterEach(() => sockets.splice(0).forEach((socket) => socket.destroy()));

function responseOf(prototype: object): Response {
  const socket = new Socket();
  sockets.push(socket);
  const response = new ServerResponse(new IncomingMessage(socket));
  return Object.setPrototypeOf(response, prototype) as Response;
}

/** Watches the answer and lets every step go on. @returns what it was asked */
function watch(response: Response, state = { isHeld: false }): string[] {
  const asked: string[] = [];
  const hooks = AnswerHooks.for(response);
  const take = ({ method, args }: Step): unknown => {
    asked.push(method);
    return hooks.run(response, method, args);
  };
  const watcher = { hooks, take, isHeld: false };
  Object.defineProperty(watcher, 'isHeld', { get: () => state.isHeld });
  sessionRequestOf(response.req).answer = watcher;
  return asked;
}

describe('AnswerHooks', () => {
  it('ask the watcher of each answer, and leave the answers themselves as they are', () => {
    const [watched, other] = [responseOf(application), responseOf(application)];
    const properties = Reflect.ownKeys(watched).length;
    const asked = watch(watched);
    watched.end('mine');
    other.end('theirs');
    expect(asked).toEqual(['end']);
    expect(originalEnd.mock.calls).toEqual([['mine'], ['theirs']]);
    expect(Reflect.ownKeys(watched).length).toBe(properties);
  });

  it('say that an answer is sent while it is held', () => {
    const [watched, other] = [responseOf(application), responseOf(application)];
    const state = { isHeld: true };
    watch(watched, state);
    expect([watched.headersSent, other.headersSent]).toEqual([true, false]);
    state.isHeld = false;
    expect(watched.headersSent).toBe(false);
  });

  it('go over the methods of one answer that somebody has wrapped before, such as to compress it', () => {
    const response = responseOf(application);
    const order: string[] = [];
    response.end = ((text: string) => {
      order.push('compressed');
      originalEnd(text);
    }) as Response['end'];
    const state = { isHeld: true };
    const asked = watch(response, state);
    response.end('text');
    expect([asked, order, originalEnd.mock.calls.length]).toEqual([['end'], ['compressed'], 1]);
    expect(response.headersSent).toBe(true);
  });

  it('ask once in an application within another one', () => {
    const outerAsked = watch(responseOf(application));
    const response = responseOf(inner);
    const asked = watch(response);
    response.end('text');
    expect([asked, outerAsked, originalEnd.mock.calls.length]).toEqual([['end'], [], 1]);
  });
});
