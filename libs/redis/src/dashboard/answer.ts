import type { Response } from 'express';

/** Part of the answer to a change that Redis has not taken yet. */
export interface Later {
  /** What that means, for people. */
  readonly later: string;
}

/**
 * Sends what a page asked for: 204 where there is nothing to tell, 202 for a change that Redis has not taken yet.
 * By hand, since interceptors of the application may wrap what handlers return, and the pages know no envelope.
 */
export async function answer(response: Response, asked: unknown): Promise<void> {
  const body = await asked;
  if (body === undefined) response.status(204).end();
  else response.status(isLater(body) ? 202 : 200).json(body);
}

function isLater(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'later' in body;
}
