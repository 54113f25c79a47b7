import type { ServerResponse } from 'node:http';

export type WireField = readonly [name: string, value: string | readonly string[]];

/** Status and fields of a response as they went out, without those that Node adds itself. */
export interface WireHead {
  readonly status: number;
  readonly fields: readonly WireField[];
}

/** Of Node since 15.4; its types give it to client requests alone. */
type Raw = ServerResponse & { getRawHeaderNames: () => string[] };

/** Reads the head of a response that has been sent. Names keep their case. */
export function wireHeadOf(response: ServerResponse): WireHead {
  const fields = (response as Raw).getRawHeaderNames().map((name): WireField => {
    const value = response.getHeader(name) ?? '';
    return [name, Array.isArray(value) ? [...value] : String(value)];
  });
  return { status: response.statusCode, fields };
}

/** @param name in lower case */
export function valueOf({ fields }: WireHead, name: string): string | undefined {
  const field = fields.find(([known]) => known.toLowerCase() === name);
  return field && String(field[1]);
}

/** What two answers to the same question have in common. */
export type Agreement =
  | {
      readonly kind: 'agreed';
      readonly head: WireHead;
      /** Names in lower case of fields that differ from answer to answer. */
      readonly moving: readonly string[];
    }
  /** Not for repeating. */
  | { readonly kind: 'refused'; readonly name: string };

/** About one connection. An answer that sets them itself is not repeated. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection', 'keep-alive', 'trailer', 'transfer-encoding', 'upgrade',
]); // prettier-ignore

/** Made anew for each answer. */
const MADE_ANEW: ReadonlySet<string> = new Set(['age', 'cache-status']);

/** Known to tell of one request or one moment, even where two answers happen to agree. */
const MOVING =
  /^(?:set-cookie|retry-after|server-timing|traceparent|tracestate|x-runtime|x-response-time|(?:x-)?rate-?limit(?:-.*)?|(?:.*-)?(?:request|correlation|trace|span|transaction)-?id)$/;

/** Fields that an answer must not be without once it had them: what it is, who may read it, what a browser lets it do. */
const ESSENTIAL =
  /^(?:content-.*|access-control-.*|cross-origin-.*|etag|last-modified|expires|cache-control|vary|location|link|x-cache|permissions-policy|referrer-policy|strict-transport-security|x-frame-options|x-content-type-options)$/;

export interface AgreementOptions {
  /** Fields of the stored answer itself, by name in lower case: no guesses about these. */
  readonly own: ReadonlySet<string>;
  /** Fields that other answers differed in. */
  readonly moving: ReadonlySet<string>;
}

/**
 * What may be repeated: the fields on which two answers agree. One that differs is left out, unless
 * the answer is not the same without it.
 */
export function agreement(
  first: WireHead,
  second: WireHead,
  { own, moving: known }: AgreementOptions,
): Agreement {
  const before = new Map(first.fields.map(([name, value]) => [name.toLowerCase(), value]));
  const kept: WireField[] = [];
  const moving: string[] = [];
  for (const field of second.fields) {
    const name = field[0].toLowerCase();
    const isSame = String(before.get(name) ?? null) === String(field[1]);
    before.delete(name);
    if (HOP_BY_HOP.has(name)) return { kind: 'refused', name };
    const isMoving = !own.has(name) && (MOVING.test(name) || known.has(name));
    if (MADE_ANEW.has(name) || (isSame && !isMoving)) kept.push(field);
    else if (ESSENTIAL.test(name)) return { kind: 'refused', name };
    else if (!isSame) moving.push(name);
  }
  for (const name of before.keys()) {
    if (ESSENTIAL.test(name) || HOP_BY_HOP.has(name)) return { kind: 'refused', name };
    moving.push(name);
  }
  return { kind: 'agreed', head: { status: second.status, fields: kept }, moving };
}
