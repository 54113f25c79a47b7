import {
  Catch,
  HttpException,
  Logger,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import type { Response } from 'express';
import { asError, RedisKitError, type RedisKitErrorCode } from '../common/errors.js';

const STATUSES: Readonly<Partial<Record<RedisKitErrorCode, number>>> = {
  CACHE_KEY_INVALID: 400,
  CONFIGURATION_INVALID: 400,
  CONNECTION_NOT_FOUND: 404,
  SESSIONS_NOT_CONFIGURED: 404,
  REDIS_UNAVAILABLE: 503,
  REDIS_DEADLINE_EXCEEDED: 503,
  SESSION_STORE_UNAVAILABLE: 503,
};

/** Answers the page's questions in JSON, whatever filters the application has for its own pages. */
@Catch()
export class DashboardErrorsFilter implements ExceptionFilter {
  readonly #logger = new Logger('RedisDashboard');

  catch(thrown: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent) return;
    response.status(statusOf(thrown)).json({ message: this.#messageOf(thrown) });
  }

  /** Of unknown errors only the log tells: their texts may hold values. */
  #messageOf(thrown: unknown): string {
    const error = asError(thrown);
    if (isKnown(thrown)) return error.message;
    this.#logger.error(error.message, error.stack);
    return 'Something failed. The log of the application says what.';
  }
}

function isKnown(thrown: unknown): boolean {
  return thrown instanceof HttpException || thrown instanceof RedisKitError;
}

function statusOf(thrown: unknown): number {
  if (thrown instanceof HttpException) return thrown.getStatus();
  return (thrown instanceof RedisKitError && STATUSES[thrown.code]) || 500;
}
