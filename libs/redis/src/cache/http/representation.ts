import type { IncomingHttpHeaders } from 'node:http';
import { acceptedCodings, mayBeEncoded, type EncodingPolicy } from './content-coding.js';
import { encodedEntityTag } from './entity-tag.js';
import { hasConditions, isNotModified, validatorsOf } from './preconditions.js';
import type { Encoding, HeaderList, StoredAnswer } from './stored-response.js';

/** A stored answer as one client gets it. */
export interface Representation {
  readonly coding: Encoding | 'identity';
  /** All fields of the answer itself, those of its coding among them, but no Content-Length. */
  readonly headers: HeaderList;
  readonly body: Buffer;
}

/** A coding that a client would rather have than what is there. */
export interface WantedCoding {
  readonly coding: Encoding;
  /** True when the client does not want the bytes as they are. */
  readonly refusesIdentity: boolean;
}

/** What is found out about an answer once. `plain` is the answer of a route without encodings. */
interface Known {
  readonly mayBeEncoded: boolean;
  readonly as: Partial<Record<Encoding | 'identity' | 'plain', Representation>>;
}

/** A stored answer never changes, so a hit need not look at it again. */
const knownOf = new WeakMap<StoredAnswer, Known>();

/**
 * The representation that a client gets of what is there: the best coding that it accepts and that
 * was made, else the bytes as they are. Source: RFC 9110 section 12.1.
 *
 * @param acceptEncoding of the request
 * @param policy of the route
 */
export function representationOf(
  answer: StoredAnswer,
  acceptEncoding: AcceptEncoding,
  policy: EncodingPolicy,
): Representation {
  const { headers, body } = answer;
  if (!isNegotiated(answer, policy))
    return (know(answer).as.plain ??= { coding: 'identity', headers, body });
  for (const coding of accepted(acceptEncoding, policy).codings)
    if (answer.encoded[coding]?.length) return representationAs(answer, coding);
  return representationAs(answer, 'identity');
}

/**
 * The coding that a client would get, were it made; undefined when it gets the best already. Empty
 * bytes stand for a coding that is no use.
 */
export function wantedCoding(
  answer: StoredAnswer,
  acceptEncoding: AcceptEncoding,
  policy: EncodingPolicy,
): WantedCoding | undefined {
  if (!isNegotiated(answer, policy)) return undefined;
  const { codings, refusesIdentity } = accepted(acceptEncoding, policy);
  for (const coding of codings) {
    const body = answer.encoded[coding];
    if (body === undefined) return { coding, refusesIdentity };
    if (body.length > 0) return undefined;
  }
  return undefined;
}

/**
 * The fields of the representation that the client has, when it may keep that; undefined when it is to get
 * one. That of a coding that is not made counts too: a client names its tag after it got it once.
 */
export function notModifiedAs(
  headers: IncomingHttpHeaders,
  answer: StoredAnswer,
  policy: EncodingPolicy,
): HeaderList | undefined {
  if (!hasConditions(headers)) return undefined;
  const { status } = answer;
  const acceptEncoding = headers['accept-encoding'];
  const isHad = (fields: HeaderList): boolean =>
    isNotModified(headers, validatorsOf({ status, headers: fields }));
  const sent = representationOf(answer, acceptEncoding, policy);
  if (isHad(sent.headers)) return sent.headers;
  const wanted = wantedCoding(answer, acceptEncoding, policy);
  const fields = wanted && headersAs(answer.headers, wanted.coding);
  return fields && isHad(fields) ? fields : undefined;
}

type AcceptEncoding = string | readonly string[] | undefined;

function accepted(
  field: AcceptEncoding,
  { encodings }: EncodingPolicy,
): ReturnType<typeof acceptedCodings> {
  return acceptedCodings(typeof field === 'object' ? field.join(', ') : field, encodings);
}

function isNegotiated(answer: StoredAnswer, policy: EncodingPolicy): boolean {
  return isLongEnough(answer.body.length, policy) && know(answer).mayBeEncoded;
}

/** @param length of a body; undefined while it is not known */
export function isLongEnough(length: number | undefined, policy: EncodingPolicy): boolean {
  if (policy.encodings.length === 0 || length === 0) return false;
  return length === undefined || length >= policy.encodingThreshold;
}

function know(answer: StoredAnswer): Known {
  const before = knownOf.get(answer);
  if (before) return before;
  const known: Known = { mayBeEncoded: mayBeEncoded(answer), as: {} };
  knownOf.set(answer, known);
  return known;
}

function representationAs(answer: StoredAnswer, coding: Encoding | 'identity'): Representation {
  return (know(answer).as[coding] ??= {
    coding,
    headers: headersAs(answer.headers, coding),
    body: coding === 'identity' ? answer.body : answer.encoded[coding]!,
  });
}

function headersAs(headers: HeaderList, coding: Encoding | 'identity'): HeaderList {
  const fields = headers.map(([name, value]): HeaderList[number] => {
    if (name === 'vary') return [name, withAcceptEncoding(value)];
    const hasOwnTag = name === 'etag' && coding !== 'identity';
    return [name, hasOwnTag ? encodedEntityTag(String(value), coding) : value];
  });
  if (!headers.some(([name]) => name === 'vary')) fields.push(['vary', 'Accept-Encoding']);
  if (coding !== 'identity') fields.push(['content-encoding', coding]);
  return fields;
}

/** Source: RFC 9110 section 12.5.5. */
function withAcceptEncoding(vary: string | readonly string[]): string {
  const names = [vary].flat().join(', ');
  const isSaid = /(?:^|[\s,])(?:accept-encoding|\*)(?:$|[\s,])/i.test(names);
  return isSaid ? names : `${names}, Accept-Encoding`;
}
