import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ClassSerializerInterceptor,
  Controller,
  Get,
  SerializeOptions,
  UseInterceptors,
  type Type,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { Exclude, Expose } from 'class-transformer';
import { CacheInterceptor } from 'nestjs-redis-kit';
import { NestApp } from './support/nest-app.js';

let runs = 0;

class User {
  @Exclude()
  readonly password = 'secret';

  @Expose({ groups: ['staff'] })
  readonly salary = 1;

  constructor(readonly name: string) {}
}

/** Decorators in the order in which they stand on the class. */
function users(path: string, ...decorators: readonly ClassDecorator[]): Type {
  @Controller(path)
  class UsersController {
    @Get()
    user(): User {
      runs += 1;
      return new User('alice');
    }

    @Get('staff')
    @SerializeOptions({ groups: ['staff'] })
    staff(): User {
      runs += 1;
      return new User('alice');
    }

    @Get('list')
    list(): User[] {
      runs += 1;
      return [new User('alice'), new User('bob')];
    }
  }
  for (const decorate of decorators.toReversed()) decorate(UsersController);
  return UsersController;
}

const orders = {
  'serializer around the cache': [UseInterceptors(ClassSerializerInterceptor, CacheInterceptor)],
  'cache around the serializer': [UseInterceptors(CacheInterceptor, ClassSerializerInterceptor)],
};

const cases = [
  ['', '{"name":"alice"}'],
  ['/staff', '{"name":"alice","salary":1}'],
  ['/list', '[{"name":"alice"},{"name":"bob"}]'],
] as const;

async function expectHidden(nest: NestApp, path: string, body: string): Promise<void> {
  runs = 0;
  const [first, second] = [await nest.get(path), await nest.get(path)];
  expect([first.body, second.body]).toEqual([body, body]);
  expect([second.headers['x-cache'], runs]).toEqual(['HIT', 1]);
  await nest.redis.use(async (client) => {
    const values = await Promise.all(
      (await client.keys('cache:entry:*')).map((key) => client.getBuffer(key)),
    );
    expect(values.length).toBeGreaterThan(0);
    expect(values.map(String).join()).not.toContain('secret');
  });
}

describe.each(Object.entries(orders))('ClassSerializerInterceptor, %s', (_, decorators) => {
  let nest: NestApp;
  beforeAll(async () => {
    nest = await NestApp.start({ controllers: [users('users', ...decorators)] });
  });
  afterAll(() => nest.stop());

  it.each(cases)('hides fields on a hit and in Redis: users%s', (path, body) =>
    expectHidden(nest, `/users${path}`, body),
  );
});

describe('ClassSerializerInterceptor for the whole application', () => {
  let nest: NestApp;
  beforeAll(async () => {
    nest = await NestApp.start({
      controllers: [users('users', UseInterceptors(CacheInterceptor))],
      providers: [{ provide: APP_INTERCEPTOR, useClass: ClassSerializerInterceptor }],
    });
  });
  afterAll(() => nest.stop());

  it.each(cases)('hides fields on a hit and in Redis: users%s', (path, body) =>
    expectHidden(nest, `/users${path}`, body),
  );
});
