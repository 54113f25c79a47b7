import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';

/** One message of the stream at `/api/devices/events`. */
export interface NewsMessage {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Server-sent events as a page or an app hears them, on a connection of their own. */
export class DeviceNewsClient {
  readonly messages: NewsMessage[] = [];
  /** Resolves when the server ends the stream in order; rejects when it breaks off. */
  readonly ended: Promise<void>;

  private constructor(private readonly response: IncomingMessage) {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      const blocks = (text + chunk).split('\n\n');
      text = blocks.pop() ?? '';
      this.messages.push(...blocks.flatMap(messageOf));
    });
    this.ended = finished(response);
    this.ended.catch(() => undefined);
  }

  /** @throws Error with the status when the stream is refused */
  static async open(
    url: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<DeviceNewsClient> {
    const request = get(`${url}/api/devices/events`, { headers, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    if (response.statusCode === 200) return new DeviceNewsClient(response);
    response.destroy();
    throw new Error(`refused with ${response.statusCode}`);
  }

  /** Those that are no signs of life. */
  get news(): NewsMessage[] {
    return this.messages.filter(({ type }) => type !== 'alive');
  }

  close(): void {
    this.response.destroy();
  }
}

function messageOf(block: string): NewsMessage[] {
  const type = /^event: (.*)$/m.exec(block)?.[1];
  const data = /^data: (.*)$/m.exec(block)?.[1];
  if (type === undefined || data === undefined) return [];
  return [{ type, data: JSON.parse(data) as NewsMessage['data'] }];
}
