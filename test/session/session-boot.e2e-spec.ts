import { expect, it } from '@jest/globals';
import { SECRET, startApp } from '../support/app.js';
import { RedisServer } from '../support/redis-server.js';

const secure = { secret: SECRET, cookie: { secure: true } };

it('refuses to start where no browser would ever get the Secure cookie', async () => {
  const redis = await RedisServer.start();
  await expect(startApp({ connection: redis.url, session: secure })).rejects.toMatchObject({
    code: 'CONFIGURATION_INVALID',
    message: expect.stringMatching(/session\.cookie\.secure.*plain HTTP.*trust proxy/),
  });
  await redis.stop();
});

it.each([
  ['Express trusts a proxy', secure, 1],
  ['the option trusts a proxy', { ...secure, trustProxy: true }, false],
  ['clients use no cookies', { ...secure, transport: 'bearer' as const }, false],
])('starts where %s', async (_, session, trust) => {
  const redis = await RedisServer.start();
  const app = await startApp({ connection: redis.url, session }, {}, (one) => {
    one.set('trust proxy', trust);
  });
  await app.close();
  await redis.stop();
});
