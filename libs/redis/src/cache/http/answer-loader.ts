import type { Type } from '@nestjs/common';
import type {
  ResponseValidator,
  ValidatorFunction,
  Validators,
} from '../decorators/cache-policy.decorator.js';
import type { EntryCache, InnerLoader } from '../entry-cache.js';
import type { Fetched } from '../read-through/read-through.js';
import { withTimeLimit } from '../read-through/time-limit.js';
import type { LoadPlan } from './answer-keeping.js';
import { AnswerLoad } from './answer-load.js';
import { conditionsOf, withConditions } from './conditions.js';
import type { Exchange } from './exchange.js';
import { refreshRequest, type RequestListener } from './refresh-request.js';
import type { ResponseCapture } from './response-capture.js';
import { fieldOf, type StoredAnswer, type StoredResponse } from './stored-response.js';

export interface AnswerLoaderParts {
  readonly answers: EntryCache<StoredResponse>;
  /** The application, for requests that nobody waits for. */
  readonly listener: () => RequestListener;
  /** The provider of a class that `@Validator` names. */
  readonly validatorOf: (type: Type<ResponseValidator>) => ResponseValidator;
  /** Longest run of the handler while nobody waits, in milliseconds. */
  readonly refreshLimitMs: number;
}

/** Who answers a request: its own handler, whose answer is recorded, or an entry. */
export type Begun =
  | { readonly kind: 'capture'; readonly capture: ResponseCapture }
  | {
      readonly kind: 'fetched';
      readonly fetched: Fetched<StoredResponse>;
      /** True when this request had a stale answer validated without its handler. */
      readonly isConfirmed: boolean;
    };

export interface LoadHooks {
  /** This request is to run its handler. */
  readonly onCapture: (capture: ResponseCapture) => void;
  readonly onConfirmed: () => void;
  /** The answer was not for sharing. */
  readonly onPass: () => void;
}

/** Loads answers: by a validator, by the handler of the request, or by one that nobody waits for. */
export class AnswerLoader {
  constructor(private readonly parts: AnswerLoaderParts) {}

  load(exchange: Exchange, plan: LoadPlan, hooks: LoadHooks): InnerLoader<StoredResponse> {
    return async (context) => {
      const load = new AnswerLoad(this.parts.answers, plan, context, exchange);
      const validators = exchange.route.validator && (await this.#validate(exchange));
      if (load.stale && validators && confirms(validators, load.stale.value)) {
        const renewed = await load.confirm();
        if (renewed) {
          hooks.onConfirmed();
          return renewed;
        }
      }
      const captured = context.isBackground
        ? await this.#refresh(exchange, load, validators)
        : await this.#run(exchange, load, { validators, hooks });
      const stored = await load.result(captured);
      if (stored) return stored;
      if (load.isPersonal) hooks.onPass();
      context.skip();
      return undefined as unknown as StoredResponse;
    };
  }

  #run(
    exchange: Exchange,
    load: AnswerLoad,
    { validators, hooks }: { validators: Validators | undefined; hooks: LoadHooks },
  ): ResponseCapture['captured'] {
    const { request } = exchange;
    const restore = withConditions(request, conditionsOf(load.stale?.value));
    const capture = load.capture(exchange, { validators, onHead: restore });
    hooks.onCapture(capture);
    // A handler that never answers must not keep its key for ever, from every node.
    const timer = setTimeout(() => capture.abandon(), LONGEST_WAITS * this.parts.refreshLimitMs);
    timer.unref();
    void capture.captured.then(() => clearTimeout(timer));
    return capture.captured;
  }

  #refresh(
    exchange: Exchange,
    load: AnswerLoad,
    validators: Validators | undefined,
  ): ResponseCapture['captured'] {
    return refreshRequest<Exchange>(this.parts.listener(), exchange.request, {
      key: load.primary,
      capture: (shadow) => load.capture(shadow, { validators, onHead: () => undefined }),
      conditions: conditionsOf(load.stale?.value),
      signal: AbortSignal.timeout(this.parts.refreshLimitMs),
    });
  }

  async #validate({ route, request }: Exchange): Promise<Validators | undefined> {
    const { validator } = route;
    if (!validator) return undefined;
    try {
      const found = isValidatorClass(validator)
        ? this.parts.validatorOf(validator).validate(request)
        : validator(request);
      const limitMs = this.parts.refreshLimitMs;
      return checked(
        await withTimeLimit(Promise.resolve(found), limitMs, () => {
          throw new Error(`A validator took longer than ${limitMs} ms.`);
        }),
      );
    } catch (error) {
      // The handler knows what to answer: a validator only saves it work.
      this.parts.answers.report('validate', error);
      return undefined;
    }
  }
}

/** A handler may run for this many times the longest wait for it. */
const LONGEST_WAITS = 6;

/** Source: RFC 9110 section 8.8.3. */
const ENTITY_TAG = /^(?:W\/)?"[\u0021\u0023-\u007e\u0080-\u00ff]*"$/;

/** @throws Error for what cannot be a field of a response */
function checked(validators: Validators | undefined): Validators | undefined {
  const { etag, lastModified } = validators ?? {};
  if (etag !== undefined && !ENTITY_TAG.test(etag))
    throw new Error(`A validator gave the ETag ${JSON.stringify(etag)}. Give it with its quotes.`);
  const isDate = Object.prototype.toString.call(lastModified) === '[object Date]';
  if (lastModified !== undefined && !(isDate && !Number.isNaN(lastModified.getTime())))
    throw new Error(
      `A validator gave ${JSON.stringify(lastModified)} as lastModified. Give a Date.`,
    );
  return validators;
}

function isValidatorClass(
  validator: ValidatorFunction | Type<ResponseValidator>,
): validator is Type<ResponseValidator> {
  const { prototype } = validator as { prototype?: { validate?: unknown } };
  return typeof prototype?.validate === 'function';
}

/** By ETag where both have one, as a revalidation compares them: weakly. Else by the date, to the second. */
function confirms({ etag, lastModified }: Validators, answer: StoredAnswer): boolean {
  const stored = fieldOf(answer, 'etag');
  if (etag !== undefined) return stored !== undefined && opaque(etag) === opaque(stored);
  return lastModified?.toUTCString() === (fieldOf(answer, 'last-modified') ?? null);
}

function opaque(etag: string): string {
  return etag.replace(/^W\//, '');
}
