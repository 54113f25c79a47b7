import { Inject, Injectable, UnauthorizedException } from '@nestjs/common';
import type { Request } from 'express';
import { SessionService } from 'nestjs-redis-kit';
import { fieldsOf, requiredText } from '../web/input.js';
import { Users, type User } from './users.js';

/** What a visitor keeps at the login. */
const KEPT = ['cart', 'views'];

@Injectable()
export class AccountService {
  constructor(
    @Inject(Users) private readonly users: Users,
    @Inject(SessionService) private readonly sessions: SessionService,
  ) {}

  /**
   * Checks the credentials and begins a new session. The session of the visitor ends with it, but for
   * what `keep` names: a cart filled before the login is there after it.
   *
   * @throws UnauthorizedException for a wrong address and a wrong password alike
   */
  async login(request: Request): Promise<User> {
    const user = await this.#authenticate(request);
    await this.sessions.login(request, user.id, { keep: KEPT });
    return user;
  }

  /**
   * The same for an app, which keeps no cookies: it sends the token as `Authorization: Bearer`. Nobody
   * types a password on a phone each day, so this session lives for 30 days.
   *
   * @throws UnauthorizedException as `login`
   */
  async loginByToken(request: Request): Promise<{ user: User; token: string }> {
    const user = await this.#authenticate(request);
    await this.sessions.login(request, user.id, {
      keep: KEPT,
      transport: 'bearer',
      remember: true,
    });
    return { user, token: this.sessions.tokenFor(request.sessionID) };
  }

  logout(request: Request): Promise<void> {
    return this.sessions.logout(request);
  }

  /** @throws UnauthorizedException when the account was closed while its session lives on */
  async profile(userId: string): Promise<User> {
    const user = await this.users.findById(userId);
    if (!user) throw new UnauthorizedException('This account is closed.');
    return user;
  }

  async #authenticate(request: Request): Promise<User> {
    const fields = fieldsOf(request.body);
    const email = requiredText(fields['email'], 'email', { max: 200 });
    const password = requiredText(fields['password'], 'password', { max: 200 });
    const user = await this.users.authenticate(email, password);
    if (!user) throw new UnauthorizedException('Email or password is not right.');
    return user;
  }
}
