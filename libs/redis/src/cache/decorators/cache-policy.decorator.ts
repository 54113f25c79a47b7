import { SetMetadata, type CustomDecorator, type Type } from '@nestjs/common';
import type { Request } from 'express';
import { resolveHttpPolicy, type HttpCacheOptions } from '../http/http-cache.options.js';

export const CACHE_POLICY_METADATA = 'nestjs-redis-kit:cache-policy';
export const VALIDATOR_METADATA = 'nestjs-redis-kit:validator';

/**
 * Rules of a route or of a controller, field by field: those of the handler win, then the class, then `cache.http`.
 *
 * @throws ConfigurationError that names the field, when the class is defined
 */
export function CachePolicy(policy: HttpCacheOptions): CustomDecorator {
  resolveHttpPolicy(policy, '@CachePolicy');
  return SetMetadata(CACHE_POLICY_METADATA, policy);
}

/** The validators of a resource as they are now. */
export interface Validators {
  /** With its quotes, such as `'"v42"'` or `'W/"v42"'`. */
  readonly etag?: string;
  readonly lastModified?: Date;
}

/** Names the current validators of what a request asks for, by less work than the answer takes; undefined when there are none. */
export type ValidatorFunction = (
  request: Request,
) => Validators | undefined | Promise<Validators | undefined>;

/** A provider that does so. */
export interface ResponseValidator {
  validate(request: Request): Validators | undefined | Promise<Validators | undefined>;
}

/**
 * Lets a stale answer be validated without building it anew, and gives the route's answers their ETag and
 * Last-Modified where the handler sets none. Asked before the handler runs, so they are never newer than the answer.
 *
 * @param validator a function of the request, or the class of a provider
 */
export function Validator(validator: ValidatorFunction | Type<ResponseValidator>): CustomDecorator {
  return SetMetadata(VALIDATOR_METADATA, validator);
}
