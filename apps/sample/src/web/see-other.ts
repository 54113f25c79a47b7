import { HttpStatus } from '@nestjs/common';

/** What a handler with `@Redirect()` returns after a form: the browser GETs the page, so a reload sends nothing twice. */
export interface SeeOther {
  readonly url: string;
  readonly statusCode: HttpStatus.SEE_OTHER;
}

export function seeOther(url: string): SeeOther {
  return { url, statusCode: HttpStatus.SEE_OTHER };
}
