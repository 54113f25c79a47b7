import { Inject, Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { hashPassword, passwordMatches } from './password.js';

export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  /** A day, as `2024-03-01`. */
  readonly memberSince: string;
}

const COLUMNS = `id, email, name, member_since::text AS "memberSince"`;

@Injectable()
export class Users {
  /** Nobody's password: a login with an unknown address takes as long as one with a known address. */
  readonly #nobody = hashPassword('');

  constructor(@Inject(Database) private readonly database: Database) {}

  async findById(id: string): Promise<User | undefined> {
    const [user] = await this.database.query<User>(`SELECT ${COLUMNS} FROM users WHERE id = $1`, [
      id,
    ]);
    return user;
  }

  async authenticate(email: string, password: string): Promise<User | undefined> {
    const [found] = await this.database.query<User & { passwordHash: string }>(
      `SELECT ${COLUMNS}, password_hash AS "passwordHash" FROM users WHERE email = lower($1)`,
      [email],
    );
    const matches = await passwordMatches(password, found?.passwordHash ?? (await this.#nobody));
    if (!found || !matches) return undefined;
    const { passwordHash: _, ...user } = found;
    return user;
  }
}
