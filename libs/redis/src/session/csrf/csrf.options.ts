/** Where requests carry their CSRF token. */
export interface CsrfOptions {
  /** Header that scripts send the token in. Default `'x-csrf-token'`, the name that Rails and csrf-csrf use. */
  readonly header?: string;
  /** Field of a parsed body that forms send it in. Default `'_csrf'`; false to read the header only. Never the query. */
  readonly field?: string | false;
  /**
   * Cookie that binds the tokens of a visitor who has no session yet. Default `__Host-csrf` where the session cookie
   * may bear that prefix (always Secure, path `/`, no domain), else `csrf`. Set with the first token.
   */
  readonly cookieName?: string;
}

export interface ResolvedCsrfOptions {
  /** In lower case. */
  readonly header: string;
  readonly field: string | false;
  readonly cookieName: string;
}
