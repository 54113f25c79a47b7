// What is asked of each application over HTTP.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';

/** A visitor with a cookie jar. */
export class Visitor {
  cookie = '';

  constructor(url) {
    this.url = url;
  }

  /** The same cookie at another service. */
  at(url) {
    const visitor = new Visitor(url);
    visitor.cookie = this.cookie;
    return visitor;
  }

  /** Not by fetch, which adds `Cache-Control: no-cache` to a conditional request. */
  async ask(method, path, headers = {}) {
    const asked = request(this.url + path, {
      method,
      headers: { ...headers, ...(this.cookie && { cookie: this.cookie }) },
      signal: AbortSignal.timeout(10_000),
    }).end();
    const [response] = await once(asked, 'response');
    for (const set of response.headers['set-cookie'] ?? []) this.cookie = set.split(';')[0];
    return {
      status: response.statusCode,
      headers: response.headers,
      text: await text(response),
    };
  }
}

/** A cached route: miss, hit, 304, invalidation. */
export async function cachedRoute(url) {
  const visitor = new Visitor(url);
  const states = [];
  const get = async (headers) => {
    const answer = await visitor.ask('GET', '/items/1', headers);
    states.push(`${answer.status} ${answer.headers['x-cache']}`);
    return answer;
  };
  const first = await get();
  const second = await get();
  await get({ 'if-none-match': second.headers.etag });
  assert.equal((await visitor.ask('PUT', '/items/1')).status, 200);
  const changed = await get();
  assert.deepEqual(states, ['200 MISS', '200 HIT', '304 HIT', '200 MISS']);
  assert.equal(second.text, first.text);
  assert.notEqual(changed.text, first.text);
}

/** Login, a guarded route, logout. */
export async function session(url) {
  const visitor = new Visitor(url);
  assert.equal((await visitor.ask('GET', '/me')).status, 401);
  assert.equal((await visitor.ask('POST', '/login')).status, 201);
  assert.deepEqual(JSON.parse((await visitor.ask('GET', '/me')).text), { user: 'ann', devices: 1 });
  const stolen = visitor.at(url);
  assert.equal((await visitor.ask('POST', '/logout')).status, 201);
  assert.equal((await stolen.ask('GET', '/me')).status, 401);
}

/** One session counted in turns by both, begun once here and once there. */
export async function sharedSessions(ours, theirs) {
  for (const [one, other] of [
    [ours, theirs],
    [theirs, ours],
  ]) {
    const visitor = new Visitor(one);
    const visits = [];
    for (const url of [one, other, one, other])
      visits.push(JSON.parse((await passed(visitor, url, 'POST', '/visits')).text).visits);
    assert.deepEqual(visits, [1, 2, 3, 4]);
  }
  const user = new Visitor(ours);
  await user.ask('POST', '/login');
  const seen = await passed(user, theirs, 'GET', '/user');
  assert.deepEqual(JSON.parse(seen.text), { user: 'ann' });
  await user.ask('POST', '/logout');
}

async function passed(visitor, url, method, path) {
  const there = visitor.at(url);
  const answer = await there.ask(method, path);
  visitor.cookie = there.cookie;
  return answer;
}
