import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import type { Request } from 'express';
import { resolveSessionOptions } from './resolve-session-options.js';
import { sessionProviders } from './session.providers.js';
import { SessionService } from './session.service.js';
import { RedisSessionStore } from './session.store.js';
import { SESSION_CLIENT, SESSION_OPTIONS } from './session.tokens.js';

function moduleWith(options: unknown, client: unknown): Promise<TestingModule> {
  return Test.createTestingModule({
    providers: [
      { provide: SESSION_OPTIONS, useFactory: () => options },
      { provide: SESSION_CLIENT, useFactory: () => client },
      ...sessionProviders(),
    ],
  }).compile();
}

describe('sessionProviders', () => {
  it('says that sessions are not configured only when they are used', async () => {
    const module = await moduleWith(undefined, undefined);
    const service = module.get(SessionService);
    const refused = { code: 'SESSIONS_NOT_CONFIGURED' };
    await expect(service.find('id')).rejects.toMatchObject(refused);
    await expect(service.login({} as Request, 'alice')).rejects.toMatchObject(refused);
  });

  it('says that the middleware is missing on a request without it', async () => {
    const options = resolveSessionOptions({ secret: 'x1'.repeat(16) }, {});
    const module = await moduleWith(options, () => undefined);
    expect(module.get(RedisSessionStore)).toBeInstanceOf(RedisSessionStore);
    const login = module.get(SessionService).login({} as Request, 'alice');
    await expect(login).rejects.toMatchObject({ code: 'SESSION_NOT_MOUNTED' });
  });
});
