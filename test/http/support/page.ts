import type { Answer, Fields, Origin, OriginRequest, Script } from './origin.js';
import { sendRaw, type RawRequest, type Reply } from './raw-client.js';

/**
 * Who made an answer: `cache` without asking the origin, `validation` after the origin was asked whether
 * the stored one still holds, `origin` by sending the request there as it came.
 */
export type From = 'cache' | 'validation' | 'origin';

export interface Visit extends Reply {
  readonly from: From;
  /** What the origin was asked meanwhile. */
  readonly asked: readonly OriginRequest[];
}

export interface PageRequest extends RawRequest {
  /** With its question mark. */
  readonly query?: string;
}

const CONDITIONS = ['if-none-match', 'if-modified-since'];

/** One path of the proxy, and what the origin says there. */
export class Page {
  readonly path: string;

  constructor(
    private readonly place: {
      readonly base: string;
      readonly path: string;
      readonly origin: Origin;
      /** Sent with each request. */
      readonly headers?: Fields;
    },
  ) {
    this.path = place.path;
    if (!place.origin.knows(place.path))
      this.answers({ headers: { 'Cache-Control': 'max-age=600' } });
  }

  get url(): string {
    return this.place.base + this.path;
  }

  /** What the origin has been asked on this path so far. */
  get requests(): readonly OriginRequest[] {
    return this.place.origin.requests(this.path);
  }

  /** From now on the origin says these, in their order; the last one repeats. */
  answers(...answers: readonly Answer[]): this {
    const before = this.requests.length;
    return this.script((_, count) => answers[count - before - 1] ?? answers.at(-1) ?? {});
  }

  script(script: Script): this {
    this.place.origin.script(this.path, script);
    return this;
  }

  /** The same page elsewhere below it, with a script of its own. */
  below(name: string): Page {
    return new Page({ ...this.place, path: `${this.path}/${name}` });
  }

  get(headers?: Fields): Promise<Visit> {
    return this.send({ headers });
  }

  async send({ query = '', ...request }: PageRequest): Promise<Visit> {
    const before = this.requests.length;
    const headers = { ...this.place.headers, ...request.headers };
    const reply = await sendRaw(this.url + query, { ...request, headers });
    const asked = this.requests.slice(before);
    return { ...reply, asked, from: whoMade(asked, request.headers) };
  }
}

function whoMade(asked: readonly OriginRequest[], sent: Fields = {}): From {
  const last = asked.at(-1);
  if (!last) return 'cache';
  const own = new Map(Object.entries(sent).map(([name, value]) => [name.toLowerCase(), value]));
  const isChanged = CONDITIONS.some(
    (name) => last.headers[name] !== undefined && last.headers[name] !== own.get(name),
  );
  return isChanged ? 'validation' : 'origin';
}
