import {
  HttpException,
  HttpStatus,
  Inject,
  Injectable,
  ServiceUnavailableException,
  type BeforeApplicationShutdown,
  type MessageEvent,
} from '@nestjs/common';
import type { Request } from 'express';
import { SessionEvents, SessionService } from 'nestjs-redis-kit';
import { Observable, type Subscriber } from 'rxjs';
import { DeviceStream, type SessionNews } from './device-stream.js';
import { DevicesService } from './devices.service.js';

/** On this node. A browser needs one, however many tabs it has. */
const MOST_STREAMS_PER_USER = 20;

const SEND_LIMIT_MS = 1000;

/** Hands the events of sessions, of all nodes, to the pages of their user that are open here. */
@Injectable()
export class DeviceNews implements BeforeApplicationShutdown {
  readonly #streams = new Map<string, Map<DeviceStream, Request>>();
  #isClosing = false;

  constructor(
    @Inject(SessionEvents) events: SessionEvents,
    @Inject(SessionService) private readonly sessions: SessionService,
    @Inject(DevicesService) private readonly devices: DevicesService,
  ) {
    events.on('created', (event) => this.#tell({ name: 'created', event }));
    events.on('regenerated', (event) => this.#tell({ name: 'regenerated', event }));
    events.on('destroyed', (event) => this.#tell({ name: 'destroyed', event }));
    events.on('revoked', (event) => this.#tell({ name: 'revoked', event }));
  }

  /** Nothing runs before somebody subscribes, and everything ends when they leave. */
  streamFor(userId: string, request: Request): Observable<MessageEvent> {
    return new Observable((page) => this.#open(userId, request, page));
  }

  /** Open streams would keep the HTTP server from closing, and so would their connections while they idle. */
  beforeApplicationShutdown(): void {
    this.#isClosing = true;
    for (const streams of this.#streams.values()) {
      for (const [stream, request] of streams) {
        stream.end();
        closeWhenSent(request);
      }
    }
  }

  #open(userId: string, request: Request, page: Subscriber<MessageEvent>): (() => void) | void {
    const refusal = this.#refusal(userId);
    if (refusal) return page.error(refusal);
    const stream = new DeviceStream({
      page,
      list: () => this.devices.list(userId, request),
      isAlive: async (handle) => (await this.sessions.find(handle)) !== undefined,
    });
    const streams = this.#streams.get(userId) ?? new Map<DeviceStream, Request>();
    this.#streams.set(userId, streams.set(stream, request));
    stream.start().catch((error: unknown) => page.error(error));
    return () => {
      stream.release();
      streams.delete(stream);
      if (streams.size === 0 && this.#streams.get(userId) === streams) this.#streams.delete(userId);
    };
  }

  #refusal(userId: string): HttpException | undefined {
    if (this.#isClosing) return new ServiceUnavailableException('The shop is closing.');
    if ((this.#streams.get(userId)?.size ?? 0) < MOST_STREAMS_PER_USER) return undefined;
    return new HttpException(
      `At most ${MOST_STREAMS_PER_USER} streams per user at a time. Close one.`,
      HttpStatus.TOO_MANY_REQUESTS,
    );
  }

  #tell(news: SessionNews): void {
    const { userId } = news.event;
    if (userId === undefined) return;
    for (const stream of this.#streams.get(userId)?.keys() ?? []) stream.hear(news);
  }
}

/** Closes the connection behind the last byte, or a second later when the client does not take it. */
function closeWhenSent({ socket, res }: Request): void {
  const limit = setTimeout(() => socket.destroy(), SEND_LIMIT_MS);
  socket.once('close', () => clearTimeout(limit));
  res?.once('finish', () => socket.destroySoon());
}
