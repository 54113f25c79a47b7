// A service without this package: express-session and connect-redis of the version installed beside it.
import express from 'express';
import session from 'express-session';
import process from 'node:process';

const major = Number(process.env.CONNECT_REDIS);
const library = await import('connect-redis');
const RedisStore = library.RedisStore ?? library.default;

const app = express();
app.use(
  session({
    store: new RedisStore({ client: await connect(), ttl: 600 }),
    name: 'sid',
    secret: process.env.SESSION_SECRET,
    resave: false,
    saveUninitialized: false,
  }),
);
app.post('/visits', (request, response) => {
  request.session.visits = (request.session.visits ?? 0) + 1;
  response.json({ visits: request.session.visits });
});
app.get('/user', (request, response) => response.json({ user: request.session.userId ?? null }));
const server = app.listen(0, '127.0.0.1', () => {
  process.send({ url: `http://127.0.0.1:${server.address().port}` });
});

/** 7 and 8 speak ioredis, 10 does not. */
async function connect() {
  if (major < 9) return new (await import('ioredis')).Redis(process.env.REDIS_URL);
  const { createClient } = await import('redis');
  return createClient({ url: process.env.REDIS_URL }).connect();
}
