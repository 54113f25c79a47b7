import request from 'supertest';

export type Shopper = ReturnType<typeof request.agent>;

/** A client with cookies that sends a CSRF token with all that changes something, as a script of the shop would. */
export function shopper(url: string): Shopper {
  const agent = request.agent(url);
  const { hostname: domain } = new URL(url);
  agent.use((sent: request.Test) => {
    if (sent.method === 'GET') return;
    const end = sent.end.bind(sent);
    sent.end = (done: Parameters<typeof end>[0]) => {
      // A new one each time: a login ends the ones before it.
      agent.get('/api/csrf').end((_error: unknown, answer: request.Response) => {
        // Without an answer the request itself will say so.
        const { token } = (answer?.body ?? {}) as { readonly token?: string };
        if (token !== undefined) sent.set('x-csrf-token', token);
        sent.cookies = agent.jar
          .getCookies({ domain, path: '/', secure: false, script: false })
          .toValueString();
        end(done);
      });
      return sent;
    };
  });
  return agent;
}
