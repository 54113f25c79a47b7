import 'express-session';

/** What the shop keeps in a session. `userId` and `authTime` come from the library. */
declare module 'express-session' {
  interface SessionData {
    /** Pieces by product id. */
    cart?: Readonly<Record<string, number>>;
    /** Pages seen. */
    views?: number;
  }
}
