import type { Codec } from '../codec/codec.js';

/** Header names are in lower case; a value is a list only where the field occurs several times. */
export type HeaderList = readonly (readonly [name: string, value: string | readonly string[]])[];

/** A response as it was sent, before middleware below the handler (compression, session cookies) added its part. */
export interface StoredResponse {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Buffer;
}

/** 4 bytes length of the head, the head as JSON, then the body as it is: a hit parses no body. */
export const storedResponseCodec: Codec<StoredResponse> = {
  encode({ status, headers, body }) {
    const head = Buffer.from(JSON.stringify({ status, headers }));
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32BE(head.length);
    return Buffer.concat([length, head, body]);
  },

  decode(bytes) {
    const headEnd = 4 + bytes.readUInt32BE(0);
    const head = JSON.parse(bytes.toString('utf8', 4, headEnd)) as Pick<
      StoredResponse,
      'status' | 'headers'
    >;
    return { ...head, body: bytes.subarray(headEnd) };
  },
};
