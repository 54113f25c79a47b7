import { describe, expect, it } from '@jest/globals';
import { hashPassword, passwordMatches } from './password.js';

describe('password', () => {
  it('matches its own hash and no other password does', async () => {
    const stored = await hashPassword('correct horse battery');
    expect(await passwordMatches('correct horse battery', stored)).toBe(true);
    expect(await passwordMatches('correct horse batterz', stored)).toBe(false);
  });

  it('has another hash each time', async () => {
    expect(await hashPassword('same')).not.toBe(await hashPassword('same'));
  });

  it('matches nothing when the stored hash is damaged', async () => {
    expect(await passwordMatches('', 'scrypt')).toBe(false);
  });
});
