/**
 * Keys of a session object that are bookkeeping and no content: `cookie` of express-session, `$meta` of
 * our store. A session without others is one that nobody has written to. Here, since the cache must
 * know without depending on the session module.
 */
export const SESSION_BOOKKEEPING: ReadonlySet<string> = new Set(['cookie', '$meta']);
