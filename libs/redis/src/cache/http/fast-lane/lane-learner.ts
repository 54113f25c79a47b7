import type { EntryCache } from '../../entry-cache.js';
import { cacheStatus } from '../cache-status.js';
import type { AnswerWatcher, Exchange, ServedHit } from '../exchange.js';
import { validatorsOf, type StoredValidators } from '../preconditions.js';
import { fieldOf, type StoredResponse } from '../stored-response.js';
import { varyNames } from '../vary.js';
import type { FastLane } from './fast-lane.js';
import { LaneHead } from './lane-head.js';
import { isAsSent } from './lane-request.js';
import { LaneSlot, type AnswerKind, type Representation } from './lane-slot.js';
import { agreement, valueOf, wireHeadOf, type WireHead } from './wire-head.js';

export interface LaneLearnerParts {
  readonly answers: EntryCache<StoredResponse>;
  readonly lane: FastLane;
  readonly confirmAfterMs: number;
  /** False once the application has a guard for all routes. */
  readonly isOpen: () => boolean;
}

/** Who makes up more names of fields than this for its answers is not for repeating. */
const MOST_MOVING = 200;

/**
 * Watches the application answer hits of fast-lane routes, and teaches the lane to repeat them: as they
 * were on the wire, below all middleware.
 */
export class LaneLearner implements AnswerWatcher {
  /** Fields that differed between two answers of one entry. */
  readonly #moving = new Set<string>();

  constructor(private readonly parts: LaneLearnerParts) {}

  /** The same request stands for another resource than before: also seen where that one is not stored yet. */
  miss({ request, hasPlainKey }: Exchange, primary: string): void {
    const key = hasPlainKey ? this.parts.lane.keyToLearn(request) : undefined;
    if (key === undefined) return;
    const slot = this.parts.lane.map.find(key, request.headers);
    if (slot && slot.options.primary !== primary) slot.close();
  }

  /** Learns from a hit, once it has been handed to the layers below. */
  hit(hit: ServedHit): void {
    const { request, response, route } = hit.exchange;
    if (!hit.exchange.hasPlainKey || route.scope !== 'public') return;
    if (this.#moving.size > MOST_MOVING || !this.parts.isOpen()) return;
    const key = this.parts.lane.keyToLearn(request);
    if (key === undefined) return;
    const now = this.parts.answers.clock.now();
    const slot = this.parts.lane.map.find(key, request.headers);
    if (slot?.isAmbiguous) return;
    if (slot?.isOf(hit.entry) && !this.#isDue(slot, kindOf(hit), now)) return;
    response.once('finish', () => this.#take(key, hit, { head: wireHeadOf(response), at: now }));
  }

  #isDue(slot: LaneSlot, kind: AnswerKind, now: number): boolean {
    if (slot.isRefused) return false;
    const first = slot.seen[kind];
    return first === undefined
      ? slot.heads[kind] === undefined
      : now - first.at >= this.parts.confirmAfterMs;
  }

  #take(key: string, hit: ServedHit, { head, at }: { head: WireHead; at: number }): void {
    const { exchange, entry } = hit;
    const { request, route } = exchange;
    const named = varyNames(undefined, valueOf(head, 'vary'));
    if (named === '*') return;
    // Requests that have an Origin do not come here, so all of these are alike in it.
    const telling = [...named, ...route.policy.vary, ...entry.value.meta.vary];
    const { map } = this.parts.lane;
    const names = map.widen(
      key,
      [...new Set(telling)].filter((name) => name !== 'origin'),
    );
    if (!names.every((name) => isAsSent(name, request)) || !isUntouched(head, hit)) return;
    const place = map.slot(key, names, request.headers);
    // The application tells requests apart by what the lane does not know of.
    if (place.slot && place.slot.options.key !== hit.key) return place.slot.close();
    const slot = place.slot?.isOf(entry) ? place.slot : slotFor(hit);
    this.#confirm(slot, hit, { head, at });
    place.put(slot);
  }

  #confirm(slot: LaneSlot, hit: ServedHit, { head, at }: { head: WireHead; at: number }): void {
    const kind = kindOf(hit);
    if (!this.#isDue(slot, kind, at)) return;
    const first = slot.seen[kind];
    if (first === undefined) {
      slot.seen[kind] = { head, at };
      return;
    }
    delete slot.seen[kind];
    const own = new Set(hit.replay.headers.map(([name]) => name));
    const agreed = agreement(first.head, head, { own, moving: this.#moving });
    const representation = representationOf(hit);
    const validators = validatorsFor(hit);
    if (agreed.kind === 'refused' || representation === undefined) {
      slot.isRefused = true;
      return;
    }
    if (agreed.moving.some((name) => !this.#moving.has(name))) this.#note(agreed.moving, slot);
    slot.heads[kind] = new LaneHead(agreed.head);
    if (hit.replay.body !== undefined) slot.representation = representation;
    slot.validators ??= validators;
  }

  /** What was learned before may hold one of these fields where two answers happened to agree. */
  #note(moving: readonly string[], slot: LaneSlot): void {
    for (const name of moving) this.#moving.add(name);
    slot.forget();
    this.parts.lane.map.clear();
  }
}

function slotFor({ exchange: { route }, primary, key, entry }: ServedHit): LaneSlot {
  return new LaneSlot({
    primary,
    key,
    entry,
    handler: route.handler,
    showsKey: route.policy.showKey,
    ignoresDirectives: route.policy.requestDirectives === false,
  });
}

function kindOf({ replay, entry }: ServedHit): AnswerKind {
  return replay.status === entry.value.status ? 'full' : 'notModified';
}

/** False when a layer below made something else of the answer, such as a compressed one. */
function isUntouched(head: WireHead, { replay, served }: ServedHit): boolean {
  const length = replay.length === undefined ? undefined : String(replay.length);
  return (
    head.status === replay.status &&
    valueOf(head, 'content-length') === length &&
    valueOf(head, 'content-encoding') === fieldOf(replay, 'content-encoding') &&
    valueOf(head, 'etag') === fieldOf(replay, 'etag') &&
    valueOf(head, 'x-cache') === 'HIT' &&
    valueOf(head, 'cache-status') === cacheStatus(served)
  );
}

/** Undefined when it cannot be told. */
function representationOf({ replay, entry }: ServedHit): Representation | undefined {
  const { body, encoded } = entry.value;
  // Without a body it does not matter.
  if (replay.body === undefined || replay.body === body) return 'body';
  return replay.body === encoded.br ? 'br' : replay.body === encoded.gzip ? 'gzip' : undefined;
}

/** Those of what was sent. A 304 tells no Last-Modified, so it must speak of the stored bytes as they are. */
function validatorsFor({ replay, entry }: ServedHit): StoredValidators | undefined {
  if (replay.status === entry.value.status) return validatorsOf(replay);
  const stored = validatorsOf(entry.value);
  return fieldOf(replay, 'etag') === stored.etag ? stored : undefined;
}
