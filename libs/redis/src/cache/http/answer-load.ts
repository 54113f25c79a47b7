import type { Entry } from '../entry.js';
import type { EntryCache } from '../entry-cache.js';
import type { InnerLoadContext } from '../read-through/load-context.js';
import type { ServedAs } from './cache-status.js';
import { keepAnswer, lifetimeOf, type LoadPlan } from './answer-keeping.js';
import { addValidators } from './add-validators.js';
import { strongEntityTag } from './entity-tag.js';
import type { Validators } from '../decorators/cache-policy.decorator.js';
import { mayBeEncoded } from './content-coding.js';
import { announce, type Exchange } from './exchange.js';
import { routeCacheControl } from './route-cache-control.js';
import { confirmed, judge, type JudgedLoad, type Judgement } from './judgement.js';
import { hasConditions, isNotModified, validatorsOf } from './preconditions.js';
import {
  ResponseCapture,
  type AnswerHead,
  type Captured,
  type Verdict,
} from './response-capture.js';
import { replayResponse } from './replay-response.js';
import { isLongEnough, notModifiedAs } from './representation.js';
import { serveAnswer, type AnswerEntry } from './serve-answer.js';
import { fieldOf, type StoredAnswer, type StoredResponse } from './stored-response.js';
import { headersOf, ownFields, type OwnFields } from './wire.js';

/** The client left before the answer was whole: somebody else may load it. */
export class LoadAborted extends Error {}

/** The handler failed, or was not reached. */
export class OriginFailed extends Error {
  constructor(readonly status: number) {
    super(`The handler of a cached route answered ${status}.`);
  }
}

type Stored = Extract<Judgement, { readonly kind: 'store' }>;
type Forwarded = Extract<ServedAs, { readonly kind: 'forward' }>;

/** One load of one answer: from the head of what the handler sends to what is stored. */
export class AnswerLoad {
  readonly stale: Entry<StoredAnswer> | undefined;
  readonly #startedAt: number;
  #exchange: Exchange;
  #judgement: Judgement | undefined;
  #downstream: string | undefined;
  #hasHandlerTag = false;
  #isEncodable: boolean | undefined;
  #isFailure = false;

  constructor(
    private readonly answers: EntryCache<StoredResponse>,
    private readonly plan: LoadPlan,
    private readonly context: InnerLoadContext<StoredResponse>,
    exchange: Exchange,
  ) {
    const { staleEntry } = context;
    if (staleEntry?.value.kind === 'answer') this.stale = staleEntry as Entry<StoredAnswer>;
    this.#startedAt = answers.clock.now();
    this.#exchange = exchange;
  }

  /**
   * Begins to record what the handler sends.
   *
   * @param exchange whose response it is: another one than the client's where nobody waits
   * @param options.onHead called before the head is looked at
   * @param options.validators for an answer without its own
   */
  capture(
    exchange: Exchange,
    { onHead, validators }: { onHead: () => void; validators: Validators | undefined },
  ): ResponseCapture {
    this.#exchange = exchange;
    return new ResponseCapture(exchange.response, {
      maxBodyBytes: this.plan.maxBodyBytes,
      abandonAfterMs: this.plan.abandonAfterMs,
      allowsCookieBelow: exchange.route.scope !== undefined,
      prepare: () => {
        onHead();
        addValidators(exchange.response, validators);
      },
      onHead: (head) => {
        try {
          this.#judgement = judge(this.#judged, head);
          return this.#verdict(head, this.#judgement);
        } catch (error) {
          // The answer is more than its copy.
          this.answers.report('judge', error);
          return { kind: 'pass' };
        }
      },
    });
  }

  /**
   * What is to be stored, with its life told to the context; undefined when nothing is.
   *
   * @throws LoadAborted, OriginFailed
   */
  async result(captured: Captured): Promise<StoredResponse | undefined> {
    const judgement = this.#judgement;
    if (captured.kind === 'aborted') throw new LoadAborted('The client left.');
    if (judgement?.kind === 'failed') throw new OriginFailed(judgement.status);
    if (judgement?.kind === 'not-modified' && judgement.isStored)
      return this.#keep(judgement.answer);
    if (judgement?.kind === 'store' && captured.kind === 'complete')
      return this.#keep(this.#answerOf(captured, judgement));
    this.#isFailure = captured.status >= 500;
    if (!judgement || this.#isFailure) {
      if (this.context.isBackground) throw new OriginFailed(captured.status);
      return undefined;
    }
    // Redirected, gone or personal now: what is stored is no answer any more. RFC 9111 section 4.3.3.
    if (this.stale) await this.answers.delete(this.plan.key);
    return undefined;
  }

  get primary(): string {
    return this.plan.primary;
  }

  /** True when the handler answered well, and for one visitor or one time only. */
  get isPersonal(): boolean {
    return this.#judgement?.kind === 'pass' && !this.#isFailure;
  }

  /** The stale answer with another life, without asking the handler; undefined where it is not for storing any more. */
  async confirm(): Promise<StoredResponse | undefined> {
    const answer = confirmed(this.#judged, headersOf(this.#exchange.response), []);
    return answer && this.#keep(answer);
  }

  get #judged(): JudgedLoad {
    const { stale, answers, plan } = this;
    const now = answers.clock.now();
    const exchange = this.#exchange;
    return {
      exchange,
      stale,
      startedAt: this.#startedAt,
      now,
      ttlMs: plan.ttlMs,
      group: plan.group,
    };
  }

  #verdict(head: AnswerHead, judgement: Judgement): Verdict {
    if (judgement.kind === 'not-modified') {
      const { answer, isStored } = judgement;
      return this.#instead(this.#entryOf(answer), { forwardStatus: 304, isStored });
    }
    if (judgement.kind === 'failed') {
      const served = { forwardStatus: judgement.status, isStored: false, detail: 'stale-if-error' };
      return this.#instead(this.stale!, served);
    }
    if (judgement.kind === 'pass') return this.#pass(head, judgement.reason);
    return this.#record(head, judgement);
  }

  #record({ status, headers, before, body }: AnswerHead, judgement: Stored): Verdict {
    const { request, response, route } = this.#exchange;
    this.#hasHandlerTag = headers.has('etag');
    // RFC 9110 section 6.6.1. What Node writes below us at its own time would differ from what is stored.
    if (!headers.has('date') && response.sendDate)
      response.setHeader('Date', new Date(this.answers.clock.now()).toUTCString());
    this.#downstream = routeCacheControl(route, headers, judgement.meta);
    if (body && body.length > 0 && !this.#hasHandlerTag)
      response.setHeader('ETag', strongEntityTag(body));
    this.#isEncodable = mayBeEncoded({ status, headers: [...headers], meta: judgement.meta });
    // Each representation of an answer that differs by it has to say so: RFC 9110 section 12.5.5.
    if (this.#isEncodable && isLongEnough(body?.length, route.policy))
      response.vary('Accept-Encoding');
    if (hasConditions(request.headers)) {
      // Judged on what a hit would say: the client may have what was just made.
      const fields = ownFields(before, headersOf(response));
      const answer = this.#withFields(
        { status, ...fields, body: body ?? Buffer.alloc(0) },
        judgement,
      );
      if (notModifiedAs(request.headers, answer, route.policy))
        return this.#instead(this.#entryOf(answer), { isStored: true });
    }
    announce(response, this.#forwarded({ isStored: true }), 'MISS');
    if (this.#downstream !== undefined) response.setHeader('Cache-Control', this.#downstream);
    return { kind: 'record' };
  }

  /** Not for the cache; towards its client it is what Express would have sent, ETag and 304 included. */
  #pass({ status, madeTag }: AnswerHead, reason: string): Verdict {
    const { request, response } = this.#exchange;
    const served = this.#forwarded({ isStored: false, detail: reason });
    if (madeTag !== undefined) response.setHeader('ETag', madeTag);
    const fields = [...headersOf(response)];
    announce(response, served, 'MISS');
    if (
      status !== 200 ||
      !isNotModified(request.headers, validatorsOf({ status, headers: fields }))
    )
      return { kind: 'pass' };
    return {
      kind: 'replace',
      send: () => {
        announce(response, served, 'MISS');
        const kept = fields.filter(([name]) => !/^content-(?!location|security)/.test(name));
        replayResponse(response, {
          status: 304,
          headers: kept,
          body: undefined,
          length: undefined,
        });
      },
    };
  }

  #instead(
    entry: AnswerEntry,
    served: Partial<Forwarded> & { readonly isStored: boolean },
  ): Verdict {
    const exchange = this.#exchange;
    const { response } = exchange;
    const { forwardStatus, isStored } = served;
    // A handler that only confirms may still have a cookie for this visitor.
    const cookies = forwardStatus === 304 ? response.getHeader('set-cookie') : undefined;
    const verdict = forwardStatus === 304 ? 'REVALIDATED' : isStored ? 'MISS' : 'STALE';
    return {
      kind: 'replace',
      send: () => {
        const now = this.answers.clock.now();
        if (cookies !== undefined) response.setHeader('set-cookie', cookies);
        serveAnswer(exchange, { entry, served: this.#forwarded(served), verdict, now });
      },
    };
  }

  #forwarded(served: Partial<Forwarded> & { readonly isStored: boolean }): Forwarded {
    const { directives, route } = this.#exchange;
    const isAsked = directives.noCache || directives.maxAgeMs !== undefined;
    const missing = this.plan.key === this.plan.primary ? 'uri-miss' : 'vary-miss';
    const reason = this.stale ? (isAsked ? 'request' : 'stale') : missing;
    const key = route.policy.showKey ? this.plan.key : undefined;
    return { kind: 'forward', reason, key, ...served };
  }

  #answerOf(
    captured: Extract<Captured, { readonly kind: 'complete' }>,
    judgement: Stored,
  ): StoredAnswer {
    const { body } = captured;
    const answer = this.#withFields(captured, judgement);
    const isTagged = fieldOf(answer, 'etag') !== undefined || body.length === 0;
    const added = isTagged ? [] : [['etag', strongEntityTag(body)] as const];
    return { ...answer, headers: [...answer.headers, ...added] };
  }

  #withFields(
    { status, headers, removed, body }: Pick<StoredAnswer, 'status' | 'body'> & OwnFields,
    { meta, omit }: Stored,
  ): StoredAnswer {
    const downstream = this.#downstream;
    const kept = headers.filter(
      ([name]) => !omit.includes(name) && !(name === 'cache-control' && downstream !== undefined),
    );
    // A handler that made the same bytes again need not have them compressed again.
    const { stale } = this;
    const encoded = stale?.value.body.equals(body) ? stale.value.encoded : {};
    const fields = removed.length > 0 ? { headers: kept, removed } : { headers: kept };
    const isEncodable = this.#isEncodable;
    return { kind: 'answer', status, ...fields, body, meta, downstream, isEncodable, encoded };
  }

  #entryOf(value: StoredAnswer): AnswerEntry {
    const createdAt = this.#startedAt;
    return { value, createdAt, freshUntil: createdAt + lifetimeOf(value) };
  }

  #keep(answer: StoredAnswer): Promise<StoredResponse | undefined> {
    const { answers, context, plan } = this;
    const { headers } = this.#exchange.request;
    const graceMs = this.#graceOf(answer);
    return keepAnswer(
      { answers, context, plan, headers, startedAt: this.#startedAt },
      answer,
      graceMs,
    );
  }

  /** An ETag that was made of the bytes here says nothing to the handler, so there is nothing to validate by it. */
  #graceOf(answer: StoredAnswer): number {
    const { route } = this.#exchange;
    const { meta } = answer;
    const canValidate =
      this.#hasHandlerTag ||
      this.#judgement?.kind !== 'store' ||
      route.validator !== undefined ||
      fieldOf(answer, 'last-modified') !== undefined;
    const keptMs = canValidate ? route.policy.revalidateWithinMs : 0;
    return Math.max(meta.staleWhileRevalidateMs, meta.staleIfErrorMs, keptMs);
  }
}
