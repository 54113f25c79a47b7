import { describe, expect, it } from '@jest/globals';
import { pingAny } from './ping-any.js';
import type { RedisClient } from './redis-client.js';

let asked: string[];

function node(name: string, status: string, answer: () => Promise<string>): object {
  return {
    status,
    ping: () => {
      asked.push(name);
      return answer();
    },
  };
}

const answers = async (): Promise<string> => 'PONG';
const hangs = (): Promise<string> => new Promise<string>(() => undefined);
const refuses = async (): Promise<string> => {
  throw new Error('Connection is closed.');
};

function cluster(...nodes: object[]): RedisClient {
  asked = [];
  return { isCluster: true, status: 'ready', nodes: () => nodes } as unknown as RedisClient;
}

describe('pingAny', () => {
  it('has its answer from a Cluster when one node gives one, whatever the others do', async () => {
    const client = cluster(
      node('a', 'ready', hangs),
      node('b', 'ready', refuses),
      node('c', 'ready', answers),
    );
    expect(await pingAny(client)).toBe('PONG');
  });

  it('asks no node that has no connection', async () => {
    await pingAny(cluster(node('a', 'connecting', answers), node('b', 'ready', answers)));
    expect(asked).toEqual(['b']);
  });

  it('fails where no node answers', async () => {
    await expect(pingAny(cluster(node('a', 'ready', refuses)))).rejects.toThrow();
    await expect(pingAny(cluster())).rejects.toThrow();
  });

  it.each(['connecting', 'reconnecting', 'end'])(
    'asks nothing of a client that is %s',
    async (status) => {
      asked = [];
      const client = node('one', status, answers) as unknown as RedisClient;
      await expect(pingAny(client)).rejects.toThrow('No connection');
      expect(asked).toEqual([]);
    },
  );

  it.each(['ready', 'wait'])('asks one server that is %s', async (status) => {
    asked = [];
    expect(await pingAny(node('one', status, answers) as unknown as RedisClient)).toBe('PONG');
  });
});
