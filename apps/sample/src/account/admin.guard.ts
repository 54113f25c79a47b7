import {
  ForbiddenException,
  Inject,
  Injectable,
  type CanActivate,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import type { Request } from 'express';
import { SessionGuard } from 'nestjs-redis-kit';
import { Users } from './users.js';

/** Lets in the user with this address, once logged in; nobody where there is none. */
export function adminGuard(email: string | undefined): Type<CanActivate> {
  @Injectable()
  class AdminGuard implements CanActivate {
    constructor(
      @Inject(SessionGuard) private readonly sessions: SessionGuard,
      @Inject(Users) private readonly users: Users,
    ) {}

    async canActivate(context: ExecutionContext): Promise<boolean> {
      if (!(await this.sessions.canActivate(context))) return false;
      const { session } = context.switchToHttp().getRequest<Request>();
      const user = await this.users.findById(session.userId ?? '');
      if (email !== undefined && user?.email === email) return true;
      throw new ForbiddenException('This is for those who run the shop.');
    }
  }
  return AdminGuard;
}
