import { setTimeout } from 'node:timers/promises';
import { Controller, Get, Param, Req } from '@nestjs/common';
import type { Request } from 'express';

declare module 'express-session' {
  interface SessionData {
    visits: number;
    [key: `key${number}`]: true;
  }
}

export function readVisits({ session }: Request): object {
  return { visits: session.visits ?? 0 };
}

export function writeVisits({ session }: Request): object {
  session.visits = (session.visits ?? 0) + 1;
  return { visits: session.visits };
}

/** The routes of the session cases, for any Nest application that has sessions. */
@Controller('session')
export class SessionController {
  @Get('none')
  none(): object {
    return { visits: 0 };
  }

  @Get('read')
  read(@Req() request: object): object {
    return readVisits(request as Request);
  }

  @Get('write')
  write(@Req() request: object): object {
    return writeVisits(request as Request);
  }

  /** Changes one key of the session, each request another one. */
  @Get('keep/:key')
  async keep(@Req() request: object, @Param('key') key: `key${number}`): Promise<object> {
    // Long enough for all the requests of a crowd to have read the session.
    await setTimeout(20);
    (request as Request).session[key] = true;
    return { key };
  }

  @Get('kept')
  kept(@Req() request: object): object {
    const { session } = request as Request;
    return { kept: Object.keys(session).filter((name) => /^key\d+$/.test(name)).length };
  }
}

export const SECRET = 'a secret for the benchmark, longer than 32 characters';
