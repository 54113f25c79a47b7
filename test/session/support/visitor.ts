export interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly setCookie: readonly string[];
}

export interface Submission {
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A browser that keeps all cookies of a site, each by its name. */
export class Visitor {
  readonly cookies = new Map<string, string>();

  constructor(private readonly url: string) {}

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Page> {
    return this.#send(path, { headers });
  }

  head(path: string): Promise<Page> {
    return this.#send(path, { method: 'HEAD' });
  }

  post(path: string, { form, headers = {} }: Submission = {}): Promise<Page> {
    const body = new URLSearchParams(form);
    return this.#send(path, { method: 'POST', headers, ...(form && { body }) });
  }

  get cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async #send(path: string, init: RequestInit): Promise<Page> {
    const cookie = this.cookieHeader;
    const response = await fetch(this.url + path, {
      ...init,
      redirect: 'manual',
      headers: { ...(cookie !== '' && { cookie }), ...(init.headers as Record<string, string>) },
    });
    const setCookie = response.headers.getSetCookie();
    for (const line of setCookie) this.#keep(line);
    return {
      status: response.status,
      headers: response.headers,
      text: await response.text(),
      setCookie,
    };
  }

  #keep(line: string): void {
    const [pair = ''] = line.split(';', 1);
    const at = pair.indexOf('=');
    if (/Expires=Thu, 01 Jan 1970/i.test(line)) this.cookies.delete(pair.slice(0, at));
    else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
  }
}
