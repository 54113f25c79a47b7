// express-session + connect-redis + node-redis, as their documentation sets them up, on Nest and on Express.
import express, { type RequestHandler } from 'express';
import session from 'express-session';
import { RedisStore } from 'connect-redis-9';
import { createClient } from 'redis';
import type { ServerSettings } from '../src/control.js';
import { startNest } from './nest-app.js';
import { listen, serve } from './serve.js';
import { readVisits, SECRET, SessionController, writeVisits } from './session-routes.js';

await serve(async (settings) => {
  const sessions = await middleware(settings);
  if (settings.variant === 'nest') {
    return startNest({ controllers: [SessionController] }, (app) => app.use(sessions));
  }
  const app = express();
  app.use(sessions);
  app.get('/session/none', (_request, response) => void response.json({ visits: 0 }));
  app.get('/session/read', (request, response) => void response.json(readVisits(request)));
  app.get('/session/write', (request, response) => void response.json(writeVisits(request)));
  return listen(app);
});

async function middleware({ redisUrl, prefix }: ServerSettings): Promise<RequestHandler> {
  const client = await createClient({ url: redisUrl }).connect();
  return session({
    store: new RedisStore({ client, prefix }),
    secret: SECRET,
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 30 * 60_000 },
  });
}
