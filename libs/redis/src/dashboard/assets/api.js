/** A refusal or a failure, in words for the page. */
export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** Asks for what a page shows. */
export function read(name, signal) {
  return answer(fetch(`api/${name}`, { headers: { accept: 'application/json' }, signal }));
}

/** Does something. The header is what no form of another site can send. */
export function act(name, body) {
  return answer(
    fetch(`api/${name}`, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'x-redis-dashboard': '1',
      },
      body: JSON.stringify(body),
    }),
  );
}

async function answer(asked) {
  let response;
  try {
    response = await asked;
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError('The application does not answer. Trying again.', 0);
  }
  if (response.status === 204) return undefined;
  const body = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body;
  if (response.status === 401 || response.status === 403)
    throw new ApiError(
      body?.message ?? 'You may not do this. Log in and reload the page.',
      response.status,
    );
  throw new ApiError(
    body?.message ?? `The application answered ${response.status}.`,
    response.status,
  );
}
