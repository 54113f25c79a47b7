/** One browser: keeps the cookies of a site and sends them. */
export class Browser {
  cookie: string | undefined;

  constructor(private readonly url: string) {}

  /** The session id inside the signed cookie. */
  get id(): string {
    const value = decodeURIComponent(this.cookie?.split('=')[1] ?? '');
    return value.slice('s:'.length, value.lastIndexOf('.'));
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#send('GET', path, headers);
  }

  async post(path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#send('POST', path, headers, body);
  }

  /** Another browser with the same cookie. */
  copy(url = this.url): Browser {
    const copy = new Browser(url);
    copy.cookie = this.cookie;
    return copy;
  }

  async #send(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: object,
  ): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(this.cookie && { cookie: this.cookie }),
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const setCookie = response.headers.getSetCookie();
    this.#keep(setCookie);
    const text = await response.text();
    return { status: response.status, headers: response.headers, setCookie, text };
  }

  #keep(setCookie: readonly string[]): void {
    for (const line of setCookie) {
      const isCleared = /Expires=Thu, 01 Jan 1970/i.test(line);
      this.cookie = isCleared ? undefined : line.split(';')[0];
    }
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly setCookie: readonly string[];
  readonly text: string;
}

/** The JSON of an answer. */
export function json(answer: Answer): Record<string, unknown> {
  return JSON.parse(answer.text) as Record<string, unknown>;
}
