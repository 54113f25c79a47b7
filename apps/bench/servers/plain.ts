// node:http alone: what is left when Nest, Express and JSON are taken away.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Redis } from 'ioredis-6';
import type { ServerSettings } from '../src/control.js';
import { SIZES } from '../src/payload.js';
import { origin } from './origin.js';
import { listen, serve } from './serve.js';

const bodies = new Map(
  SIZES.map((size) => [`/items/${size}`, Buffer.from(JSON.stringify(origin.item(String(size))))]),
);
origin.calls = 0;

await serve((settings) => (settings.variant === 'redis' ? fromRedis(settings) : fromMemory()));

function fromMemory(): Promise<Server> {
  return listen((request, response) => send(response, bodies.get(request.url ?? '')));
}

async function fromRedis({ redisUrl, prefix }: ServerSettings): Promise<Server> {
  const redis = new Redis(redisUrl);
  for (const [path, body] of bodies) await redis.set(prefix + path, body, 'EX', 3600);
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    send(response, (await redis.getBuffer(prefix + request.url)) ?? undefined);
  };
  return listen((request, response) => void answer(request, response));
}

function send(response: ServerResponse, body: Buffer | undefined): void {
  if (!body) return void response.writeHead(404).end();
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
  });
  response.end(body);
}
