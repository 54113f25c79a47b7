/** Errors of sockets and name resolution. */
const NETWORK_CODES = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** SQLSTATE classes 08 (connection exception) and 57P (shutdown, not yet ready), and 53300 (too many connections). */
const SQL_STATES = /^(08\w{3}|57P\w{2}|53300)$/;

/**
 * True for an error that says that a source cannot be reached, as opposed to one about a single
 * change: error codes of Node's network layer and of SQL, on the error itself or on its causes.
 */
export function meansOutage(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 5) return false;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (typeof code === 'string' && (NETWORK_CODES.has(code) || SQL_STATES.test(code))) return true;
  return meansOutage(cause, depth + 1);
}
