import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Controller, Post, Req, Res, type INestApplication } from '@nestjs/common';
import type { Request, Response } from 'express';
import request from 'supertest';
import { SECRET, startApp } from '../support/app.js';
import { RedisServer } from '../support/redis-server.js';

@Controller()
class LateController {
  @Post('save')
  save(@Req() req: Request, @Res() res: Response): void {
    Object.assign(req.session, { seen: 1 });
    res.status(202).json({ ok: true });
    throw new Error('after the answer');
  }
}

let redis: RedisServer;
let app: INestApplication;

beforeAll(async () => {
  redis = await RedisServer.start();
  app = await startApp(
    { connection: redis.url, session: { secret: SECRET } },
    { controllers: [LateController] },
  );
});
afterAll(async () => {
  await app.close();
  await redis.stop();
});

it('an error after the answer leaves the answer as it is while its session is saved', async () => {
  const answer = await request(app.getHttpServer())
    .post('/save')
    .timeout(3000)
    .expect(202, { ok: true });
  expect(answer.headers['set-cookie']).toBeDefined();
  expect(answer.headers['content-length']).toBe('11');
});
