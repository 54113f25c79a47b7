import { expect } from '@jest/globals';

export const ADMIN = { cookie: 'role=admin' };
/** As a browser sends it over plain HTTP. */
export const PLAIN = { ...ADMIN, 'content-type': 'application/json', 'x-redis-dashboard': '1' };
export const OWN = { ...PLAIN, 'sec-fetch-site': 'same-origin' };

type Headers = Readonly<Record<string, string>>;

/** The dashboard at `/redis` of an application, as its pages ask it. */
export class DashboardClient {
  constructor(readonly url: string) {}

  get(path: string, headers: Headers = ADMIN): Promise<Response> {
    return fetch(`${this.url}/redis${path}`, { headers, redirect: 'manual' });
  }

  /** What a page reads. */
  async read<T>(name: string): Promise<T> {
    const response = await this.get(`/api/${name}`);
    expect(response.status).toBe(200);
    return (await response.json()) as T;
  }

  post(action: string, body: unknown, headers: Headers = OWN): Promise<Response> {
    const request = { method: 'POST', headers, body: JSON.stringify(body) };
    return fetch(`${this.url}/redis/api/${action}`, request);
  }

  /** What an action that works answers. */
  async answerOf<T = Record<string, unknown>>(action: string, body: unknown): Promise<T> {
    const response = await this.post(action, body);
    expect(response.status).toBe(200);
    return (await response.json()) as T;
  }
}
