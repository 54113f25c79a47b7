import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Entry } from '../../entry.js';
import type { EntryCache } from '../../entry-cache.js';
import { isNotModified } from '../preconditions.js';
import { endWith } from '../replay-response.js';
import { NO_DIRECTIVES } from '../request-directives.js';
import { reuse } from '../reuse.js';
import type { StoredAnswer, StoredResponse } from '../stored-response.js';
import type { ResolvedFastLane } from './fast-lane.options.js';
import type { LaneHead } from './lane-head.js';
import { LaneMap } from './lane-map.js';
import { hasDirectives, laneKey, type LaneKeyOptions } from './lane-request.js';
import type { LaneSlot } from './lane-slot.js';

export interface FastLaneParts {
  readonly answers: EntryCache<StoredResponse>;
  readonly options: ResolvedFastLane;
  /** As `LaneKeyOptions.selectors`. */
  readonly selectors: readonly string[];
  /** Does Express believe the X-Forwarded fields that come from this address? */
  readonly trusts: (address: string | undefined) => boolean;
}

/** Under this a request carries its key in the lane to whoever may learn from its answer. */
const LANE_KEY = Symbol('nestjs-redis-kit fast lane');

type Marked = IncomingMessage & { [LANE_KEY]?: string };

/**
 * Answers hits before the application sees the request. It knows no rules of its own: each answer is one
 * that the application gave twice for the same entry, and the entry is looked up each time, so that what
 * ends it there ends it here.
 */
export class FastLane {
  readonly map: LaneMap;

  constructor(private readonly parts: FastLaneParts) {
    this.map = new LaneMap(parts.options.maxEntries);
  }

  /** @returns true when it has answered; false leaves the response as it was */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    try {
      const key = this.#keyOf(request);
      if (key === undefined) return false;
      const slot = this.map.find(key, request.headers);
      if (slot && this.#answerFrom(slot, request, response)) return true;
      (request as Marked)[LANE_KEY] = key;
      return false;
    } catch (error) {
      this.parts.answers.report('fast-lane', error);
      this.map.clear();
      return response.headersSent;
    }
  }

  /**
   * The key of a request that the lane would have answered had it known how; undefined also where
   * the application has changed what the key is made of.
   */
  keyToLearn(request: IncomingMessage): string | undefined {
    const key = (request as Marked)[LANE_KEY];
    return key !== undefined && this.#keyOf(request) === key ? key : undefined;
  }

  #keyOf(request: IncomingMessage): string | undefined {
    const { method, url, headers, socket } = request;
    const isEncrypted = (socket as Partial<TLSSocket>).encrypted === true;
    const options: LaneKeyOptions = {
      selectors: this.parts.selectors,
      trusts: () => this.parts.trusts(socket.remoteAddress),
    };
    return laneKey({ method, url, headers, isEncrypted }, options);
  }

  #answerFrom(slot: LaneSlot, request: IncomingMessage, response: ServerResponse): boolean {
    const { headers } = request;
    if (slot.validators === undefined) return false;
    if (hasDirectives(headers) && !slot.options.ignoresDirectives) return false;
    const entry = this.parts.answers.peek(slot.options.key);
    if (entry === undefined || !slot.isOf(entry)) return false;
    const now = this.parts.answers.clock.now();
    if (!isFresh(entry, now)) return false;
    const isKnown = isNotModified(headers, slot.validators);
    const head = slot.heads[isKnown ? 'notModified' : 'full'];
    if (head === undefined) return false;
    const body = isKnown || request.method === 'HEAD' ? undefined : bodyOf(entry.value, slot);
    this.#send(response, { slot, entry, head, body, now });
    return true;
  }

  #send(response: ServerResponse, { slot, entry, head, body, now }: Sending): void {
    head.write(response, slot.age(entry, now), slot.cacheStatus(entry, now));
    endWith(response, body);
    this.parts.answers.hit(slot.options.key);
    const { onAnswer } = this.parts.options;
    if (onAnswer === undefined) return;
    const { handler } = slot.options;
    const bodyBytes = body?.length ?? 0;
    try {
      onAnswer({ request: response.req, response, handler, status: head.status, bodyBytes });
    } catch (error) {
      this.parts.answers.report('fast-lane.onAnswer', error);
    }
  }
}

interface Sending {
  readonly slot: LaneSlot;
  readonly entry: Entry<StoredAnswer>;
  readonly head: LaneHead;
  readonly body: Buffer | undefined;
  readonly now: number;
}

function isFresh(entry: Entry<StoredAnswer>, now: number): boolean {
  return now < entry.expiresAt && reuse(entry, entry.value.meta, NO_DIRECTIVES, now) === 'fresh';
}

function bodyOf({ body, encoded }: StoredAnswer, { representation }: LaneSlot): Buffer | undefined {
  return representation === 'body' ? body : encoded[representation];
}
