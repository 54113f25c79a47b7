import { once } from 'node:events';
import { request, type Agent, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ModuleMetadata } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { CacheOptions, FastLaneAnswer, FastLaneOptions } from 'nestjs-redis-kit';
import { startApp } from './app.js';
import { eventually } from './eventually.js';

export interface Asked {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly agent?: Agent;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Names and values as they came, in order. */
  readonly lines: readonly string[];
  readonly body: Buffer;
  /** True when the application did not see the request. */
  readonly isByLane: boolean;
}

export interface LaneAppOptions {
  readonly cache?: Omit<CacheOptions, 'http'>;
  readonly http?: Omit<NonNullable<CacheOptions['http']>, 'fastLane'>;
  readonly fastLane?: FastLaneOptions;
  readonly prepare?: (app: NestExpressApplication) => void;
}

/** An application whose lane learns at once, and a client that knows which answers were the lane's. */
export class LaneApp {
  private constructor(
    readonly app: NestExpressApplication,
    readonly answers: readonly FastLaneAnswer[],
  ) {}

  static async start(
    redisUrl: string,
    metadata: ModuleMetadata,
    { cache, http, fastLane, prepare }: LaneAppOptions = {},
  ): Promise<LaneApp> {
    const answers: FastLaneAnswer[] = [];
    const onAnswer = (answer: FastLaneAnswer): void => void answers.push(answer);
    const lane = { onAnswer, confirmAfter: 1, ...fastLane };
    const options = { ...cache, http: { ...http, fastLane: lane } };
    const app = await startApp({ connection: redisUrl, cache: options }, metadata, prepare);
    return new LaneApp(app, answers);
  }

  get port(): number {
    return (this.app.getHttpServer().address() as AddressInfo).port;
  }

  async ask(path: string, { method = 'GET', headers, agent, body }: Asked = {}): Promise<Answer> {
    const before = this.answers.length;
    const sent = request({ host: '127.0.0.1', port: this.port, path, method, headers, agent });
    sent.end(body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      lines: response.rawHeaders,
      body: Buffer.concat(chunks),
      isByLane: this.answers.length > before,
    };
  }

  /** Asks until the lane answers. */
  byLane(path: string, asked: Asked = {}): Promise<Answer> {
    return eventually(async () => {
      const answer = await this.ask(path, asked);
      if (!answer.isByLane) throw new Error(`The application answered ${path}.`);
      return answer;
    });
  }

  /** A hit that the application answered, as the lane does not know the target yet. */
  async normalHit(path: string, asked: Asked = {}): Promise<Answer> {
    await this.ask(path, asked.headers && { headers: without(asked.headers) });
    const answer = await this.ask(path, asked);
    if (answer.isByLane || answer.headers['x-cache'] !== 'HIT')
      throw new Error(`${path} was no normal hit: ${JSON.stringify(answer.headers)}`);
    return answer;
  }

  close(): Promise<void> {
    return this.app.close();
  }
}

/** The first request of a target is a plain one, so that something is stored. */
function without(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const { 'if-none-match': _, 'if-modified-since': __, ...others } = headers;
  return others;
}

/** The lines of a head, apart from what tells the time. */
export function timeless({ lines }: Answer): string[] {
  return lines.flatMap((name, index) => {
    if (index % 2 === 1) return [];
    const value = lines[index + 1] ?? '';
    if (name.toLowerCase() === 'age') return [`${name}: <seconds>`];
    return [`${name}: ${value.replace(/ttl=\d+/, 'ttl=<seconds>')}`];
  });
}
