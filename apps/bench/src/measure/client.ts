/** What one request brought. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  /** `name=value` of the cookie that the answer sets. */
  readonly cookie: string | undefined;
}

export async function get(url: string, cookie?: string): Promise<Answer> {
  const response = await fetch(url, { headers: cookie === undefined ? {} : { cookie } });
  return {
    status: response.status,
    body: await response.text(),
    cookie: response.headers.getSetCookie()[0]?.split(';')[0],
  };
}

/** One session per connection: concurrent changes of one session are another case. */
export async function openSessions(url: string, count: number): Promise<string[]> {
  const answers = await Promise.all(
    Array.from({ length: count }, () => get(`${url}/session/write`)),
  );
  return answers.flatMap(({ cookie }) => cookie ?? []);
}
