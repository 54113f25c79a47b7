import type { Socket } from 'node:net';
import type { Faults } from './faults.js';

/** Faults of one direction of a connection. */
export interface DirectionFaults extends Pick<
  Faults,
  'latencyMs' | 'jitterMs' | 'bytesPerSecond' | 'blackHole'
> {
  readonly isSwallowed: boolean;
}

/** Bytes on their way, or the end of the stream. */
interface Packet {
  readonly bytes: Buffer | undefined;
  readonly arrivedAt: number;
  readonly jitter: number;
}

/** Held back at most; then the source is not read any more, as with a full window of TCP. */
const MAX_HELD_BYTES = 1024 * 1024;
/** With a limited rate, so much goes at a time. */
const SLICE_BYTES = 16 * 1024;

/** Moves the bytes of one direction, in order, as the faults of the moment allow. */
export class ChaosDirection {
  readonly #queue: Packet[] = [];
  #heldBytes = 0;
  #faults: DirectionFaults = { isSwallowed: false };
  #timer: NodeJS.Timeout | undefined;
  /** When the rate allows the next byte. */
  #freeAt = 0;
  #isStopped = false;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
  ) {
    from.on('data', (bytes: Buffer) => this.#take(bytes));
    from.on('end', () => this.#take(undefined));
    to.on('drain', () => this.#move());
  }

  obey(faults: DirectionFaults): void {
    this.#faults = faults;
    this.#move();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#queue.length = 0;
  }

  #take(bytes: Buffer | undefined): void {
    // A lost packet of a stream loses the end of it too: nobody tells the other side.
    if (this.#isStopped || this.#faults.isSwallowed) return;
    this.#queue.push({ bytes, arrivedAt: Date.now(), jitter: Math.random() });
    this.#heldBytes += bytes?.length ?? 0;
    if (this.#heldBytes > MAX_HELD_BYTES) this.from.pause();
    this.#move();
  }

  /** Sends what is due and waits for the rest. */
  #move(): void {
    clearTimeout(this.#timer);
    while (!this.#isStopped && !this.#faults.blackHole && !this.to.writableNeedDrain) {
      const [next] = this.#queue;
      if (!next) break;
      const waitMs = this.#dueAt(next) - Date.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#move(), waitMs);
        return;
      }
      this.#send(next);
    }
    if (this.#heldBytes <= MAX_HELD_BYTES) this.from.resume();
  }

  #dueAt({ arrivedAt, jitter }: Packet): number {
    const { latencyMs = 0, jitterMs = 0, bytesPerSecond } = this.#faults;
    const due = arrivedAt + latencyMs + jitter * jitterMs;
    return bytesPerSecond ? Math.max(due, this.#freeAt) : due;
  }

  #send(packet: Packet): void {
    const { bytes } = packet;
    this.#queue.shift();
    if (!bytes) {
      this.to.end();
      return;
    }
    const { bytesPerSecond } = this.#faults;
    const slice = bytesPerSecond ? bytes.subarray(0, sliceBytes(bytesPerSecond)) : bytes;
    if (slice.length < bytes.length)
      this.#queue.unshift({ ...packet, bytes: bytes.subarray(slice.length) });
    this.#heldBytes -= slice.length;
    if (bytesPerSecond)
      this.#freeAt = Math.max(this.#freeAt, Date.now()) + (slice.length / bytesPerSecond) * 1000;
    this.to.write(slice);
  }
}

/** About twenty milliseconds' worth, so that a change of the faults is felt soon. */
function sliceBytes(bytesPerSecond: number): number {
  return Math.max(1, Math.min(SLICE_BYTES, Math.floor(bytesPerSecond / 50)));
}
