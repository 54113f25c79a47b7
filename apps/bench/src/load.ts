/** One run of the load generator. */
export interface LoadOrder {
  readonly url: string;
  readonly seconds: number;
  readonly connections: number;
  /** Cookies of the connections, in turn; empty for none. */
  readonly cookies: readonly string[];
  /** Gives each request a URL of its own. */
  readonly isUnique: boolean;
  /** Requests per second, whether or not answers come; 0 sends the next request as soon as an answer is there. */
  readonly rate: number;
}

export interface LoadReport {
  /** Answers with status 200. */
  readonly answers: number;
  /** Other answers, failed and timed-out requests. */
  readonly failures: number;
  readonly seconds: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
}

export type FromLoad =
  | { readonly kind: 'ready' }
  | { readonly kind: 'report'; readonly report: LoadReport }
  | { readonly kind: 'failed'; readonly reason: string };
