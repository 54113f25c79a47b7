import 'express-session';
import type { CartContents } from './cart/cart-contents.js';

/** What the shop keeps in a session. `userId` and `authTime` come from the library. */
declare module 'express-session' {
  interface SessionData {
    cart?: CartContents;
    /** Pages seen. */
    views?: number;
  }

  interface FlashMessages {
    /** What was done, on the next page. */
    info: string;
  }
}
