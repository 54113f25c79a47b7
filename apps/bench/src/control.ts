/** What a server is told by its environment. */
export interface ServerSettings {
  readonly redisUrl: string;
  /** First part of its keys in Redis and, for those who can, of its channels. */
  readonly prefix: string;
  readonly variant: string;
}

/** What a server tells about itself when it is asked. Sums since its start. */
export interface Sample {
  /** User and system time of the process, in microseconds. */
  readonly cpuMicros: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** How often a handler had to make an answer. */
  readonly originCalls: number;
}

export type FromServer =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'sample'; readonly sample: Sample }
  | { readonly kind: 'profiled' };

export type ToServer =
  | { readonly kind: 'sample' }
  | { readonly kind: 'start-profile' }
  /** Ends it and writes it to the file. */
  | { readonly kind: 'write-profile'; readonly file: string };
