import { Inject, Injectable, NotFoundException } from '@nestjs/common';
import type { Request } from 'express';
import { SessionService, type SessionInfo } from 'nestjs-redis-kit';
import { requiredText } from '../web/input.js';
import { deviceName, isHandheld } from './device-name.js';

/** One session of a user, as the devices page and the API show it. */
export interface Device {
  /** Names it to `revoke`. It is no session id, so a page may show it. */
  readonly handle: string;
  readonly name: string;
  /** Where the session began; empty when unknown. */
  readonly ip: string;
  readonly isHandheld: boolean;
  readonly isCurrent: boolean;
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601; up to three minutes late, a tenth of the idle timeout. */
  readonly lastSeenAt: string;
}

/** The sessions of a user, which people call devices. All of it is `SessionService`; this adds names. */
@Injectable()
export class DevicesService {
  constructor(@Inject(SessionService) private readonly sessions: SessionService) {}

  /** This device first, then the last used. */
  async list(userId: string, request: Request): Promise<Device[]> {
    const devices = (await this.sessions.list(userId, request)).map(deviceOf);
    return devices.toSorted((one, other) => Number(other.isCurrent) - Number(one.isCurrent));
  }

  /** @throws NotFoundException for a session that has ended, and for one of somebody else */
  async revoke(userId: string, handle: unknown): Promise<void> {
    const named = requiredText(handle, 'handle', { max: 64 });
    if (await this.sessions.revoke(named, { userId })) return;
    throw new NotFoundException('There is no such device; it may have logged out already.');
  }

  /** Logs all devices out but this one. @returns how many */
  revokeOthers(request: Request): Promise<number> {
    return this.sessions.revokeOthers(request);
  }

  /** Logs all devices out, this one too, and takes its cookie. */
  async revokeAll(userId: string, request: Request): Promise<void> {
    await this.sessions.revokeAll(userId);
    await this.sessions.logout(request);
  }
}

export function deviceOf(session: SessionInfo): Device {
  const { handle, ip = '', userAgent, isCurrent, createdAt, lastSeenAt } = session;
  return {
    handle,
    name: deviceName(userAgent),
    ip: ip.replace(/^::ffff:/, ''),
    isHandheld: isHandheld(userAgent),
    isCurrent,
    createdAt: new Date(createdAt).toISOString(),
    lastSeenAt: new Date(lastSeenAt).toISOString(),
  };
}
