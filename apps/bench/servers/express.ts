// What one writes by hand: GET, parse, res.json.
import express from 'express';
import { Redis } from 'ioredis-6';
import { origin } from './origin.js';
import { listen, serve } from './serve.js';

await serve(({ redisUrl, prefix }) => {
  const redis = new Redis(redisUrl);
  const app = express();
  const find = async (url: string, size: string): Promise<unknown> => {
    const stored = await redis.get(prefix + url);
    if (stored !== null) return JSON.parse(stored);
    const made = origin.item(size);
    await redis.set(prefix + url, JSON.stringify(made), 'EX', 3600);
    return made;
  };
  app.get('/items/:size', (request, response, next) => {
    find(request.originalUrl, request.params.size).then((it) => response.json(it), next);
  });
  return listen(app);
});
