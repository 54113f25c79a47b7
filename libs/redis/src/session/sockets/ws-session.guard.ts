import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { SessionSockets } from './session-sockets.js';

/**
 * For gateways: lets a message pass while the socket's session lives. A message that comes before the session is known
 * waits for it; one after its end is refused, also where the client leaves the close frame unanswered. Guards of
 * Nest do not run for `handleConnection`: there, `SessionSockets.admit` decides.
 */
@Injectable()
export class WsSessionGuard implements CanActivate {
  constructor(@Inject(SessionSockets) protected readonly sockets: SessionSockets) {}

  /** False in other contexts than gateways: for routes there is SessionGuard. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'ws') return false;
    const socket = context.switchToWs().getClient<object>();
    return (await this.sockets.messageOf(socket)) !== undefined;
  }
}
