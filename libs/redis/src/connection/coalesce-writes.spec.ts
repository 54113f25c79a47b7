import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { coalesceWrites } from './coalesce-writes.js';
import type { RedisClient } from './redis-client.js';

/** What went out, one text per system call. */
let sent: string[];

/** As a socket: what it is given while corked goes out at once. */
function socket(): Writable {
  return new Writable({
    write: (chunk, _encoding, done) => {
      sent.push(String(chunk));
      done();
    },
    writev: (chunks, done) => {
      sent.push(chunks.map(({ chunk }) => String(chunk)).join(''));
      done();
    },
  });
}

function connect(client: EventEmitter): Writable {
  const stream = socket();
  Object.assign(client, { stream });
  client.emit('connect');
  return stream;
}

beforeEach(() => {
  sent = [];
});

afterEach(() => {
  jest.useRealTimers();
});

describe('coalesceWrites', () => {
  it('sends the commands of one turn together, in order, whatever promises lie between', async () => {
    const client = Object.assign(new EventEmitter(), { isCluster: false });
    coalesceWrites(client as unknown as RedisClient);
    const stream = connect(client);
    stream.write('a');
    await Promise.resolve();
    stream.write('b');
    expect(sent).toEqual([]);
    await setImmediate();
    expect(sent).toEqual(['ab']);
    stream.write('c');
    await setImmediate();
    expect(sent).toEqual(['ab', 'c']);
  });

  it('sends under the fake timers of a test, which nobody turns', async () => {
    jest.useFakeTimers();
    const client = Object.assign(new EventEmitter(), { isCluster: false });
    coalesceWrites(client as unknown as RedisClient);
    connect(client).write('a');
    await setImmediate();
    expect(sent).toEqual(['a']);
  });

  it('does so on the next connection, too, and loses nothing when one is ended', async () => {
    const client = Object.assign(new EventEmitter(), { isCluster: false });
    coalesceWrites(client as unknown as RedisClient);
    connect(client).destroy();
    const stream = connect(client);
    stream.write('a');
    stream.write('b');
    stream.end();
    await setImmediate();
    expect(sent).toEqual(['ab']);
  });

  it('holds for the nodes of a Cluster, those that it knows and those that come', async () => {
    const [known, added] = [new EventEmitter(), new EventEmitter()];
    const cluster = Object.assign(new EventEmitter(), { isCluster: true, nodes: () => [known] });
    coalesceWrites(cluster as unknown as RedisClient);
    cluster.emit('+node', added);
    for (const node of [known, added]) {
      const stream = connect(node);
      stream.write('a');
      stream.write('b');
    }
    await setImmediate();
    expect(sent).toEqual(['ab', 'ab']);
  });
});
