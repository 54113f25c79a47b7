import { expect, it } from '@jest/globals';
import type { Request } from 'express';
import { resolveSessionOptions } from './library.js';

declare module 'express-session' {
  interface SessionData {
    /** Declared once by an application; known in every handler. */
    typedCart?: Record<string, number>;
  }
}

/** Checked by the compiler: `npm run types` fails where an expected error is none. */
function handler(request: Request): number {
  request.session.typedCart = { tea: 1 };
  // @ts-expect-error a cart holds numbers
  request.session.typedCart = { tea: 'one' };
  // @ts-expect-error the user id is text
  request.session.userId = 1;
  return request.session.typedCart?.['tea'] ?? 0;
}

it('knows the keys that an application declares', () => {
  expect(handler({ session: {} } as Request)).toBe('one');
});

it('takes a schema of the shape that zod and valibot have', () => {
  const zodLike = {
    '~standard': {
      version: 1,
      vendor: 'zod',
      validate: (value: unknown) => (value ? { value } : { issues: [{ message: 'no' }] }),
      types: undefined as { input: object; output: object } | undefined,
    },
  } as const;
  const { schema } = resolveSessionOptions({ secret: 'x1'.repeat(16), schema: zodLike }, {});
  expect(schema).toBe(zodLike);
});
