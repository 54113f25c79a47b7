import { request, type IncomingMessage } from 'node:http';

/** One answer, or what came in its place. */
export interface Sample {
  readonly kind: string;
  /** Status, or the code of an error of the connection; `hung` where none came. */
  readonly outcome: number | string;
  readonly startedAt: number;
  readonly ms: number;
  readonly body: string;
  readonly cookies: readonly string[];
  readonly etag?: string | undefined;
}

/** Milliseconds after which a request counts as hung. */
const HUNG_MS = 15_000;

/** What a request has besides its URL. */
export interface Asked {
  readonly method?: string;
  readonly cookie?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The client goes away then, whether or not it has an answer. */
  readonly abortAfterMs?: number;
}

/** Sends one request and tells how it went; never rejects. */
export function ask(
  kind: string,
  url: string,
  { method = 'GET', cookie, headers, abortAfterMs }: Asked = {},
): Promise<Sample> {
  const startedAt = Date.now();
  return new Promise((resolve) => {
    const end = (outcome: Sample['outcome'], body = '', answer?: IncomingMessage): void =>
      resolve({
        kind,
        outcome,
        startedAt,
        ms: Date.now() - startedAt,
        body,
        cookies: (answer?.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]!),
        etag: answer?.headers.etag,
      });
    const fields = { ...headers, ...(cookie && { cookie }) };
    const sent = request(url, { method, headers: fields }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
      answer.on('end', () => end(answer.statusCode!, Buffer.concat(parts).toString(), answer));
    });
    sent.setTimeout(HUNG_MS, () => {
      end('hung');
      sent.destroy();
    });
    sent.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    sent.end();
    if (abortAfterMs === undefined) return;
    setTimeout(() => {
      end('aborted');
      sent.destroy();
    }, abortAfterMs);
  });
}

/** Requests at a steady pace, whether or not the ones before were answered. */
export class Load {
  readonly samples: Sample[] = [];
  readonly #open = new Set<Promise<unknown>>();
  readonly #timers: NodeJS.Timeout[] = [];

  every(ms: number, send: () => Promise<Sample>): void {
    const one = (): void => {
      const answered = this.#keep(send());
      this.#open.add(answered);
      void answered.finally(() => this.#open.delete(answered));
    };
    this.#timers.push(setInterval(one, ms));
  }

  async #keep(sample: Promise<Sample>): Promise<void> {
    this.samples.push(await sample);
  }

  /** Ends the load and waits for the answers to come. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#open);
  }

  of(...kinds: readonly string[]): Sample[] {
    return this.samples.filter(({ kind }) => kinds.includes(kind));
  }
}

/** Figures of one kind of request. */
export interface Figures {
  readonly requests: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly longestMs: number;
}

export function figuresOf(samples: readonly Sample[]): Figures {
  const outcomes: Record<string, number> = {};
  for (const { outcome } of samples) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  return {
    requests: samples.length,
    outcomes,
    longestMs: samples.reduce((most, { ms }) => Math.max(most, ms), 0),
  };
}
