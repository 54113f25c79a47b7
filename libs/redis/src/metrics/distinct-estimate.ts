const BITS = 1 << 16;

/**
 * Estimates how many different names were seen, and keeps none of them: linear counting (Whang, Vander-Zanden,
 * Taylor, 1990) over 65,536 bits, 8 KiB. About 1 % off up to 200,000 names; it stops near 700,000.
 */
export class DistinctEstimate {
  readonly #bits = new Uint8Array(BITS / 8);
  #ones = 0;

  /** @param handle hexadecimal and evenly spread, as handles of sessions are */
  add(handle: string): void {
    const at = Number.parseInt(handle.slice(0, 4), 16);
    if (Number.isNaN(at)) return;
    const mask = 1 << (at & 7);
    const byte = this.#bits[at >> 3]!;
    if ((byte & mask) !== 0) return;
    this.#bits[at >> 3] = byte | mask;
    this.#ones += 1;
  }

  /** Of the names in this one, in the other one, or in both. */
  countWith(other: DistinctEstimate): number {
    let ones = 0;
    for (const [at, byte] of this.#bits.entries()) ones += bitsIn(byte | other.#bits[at]!);
    return estimate(ones);
  }

  get count(): number {
    return estimate(this.#ones);
  }
}

function estimate(ones: number): number {
  // With every bit set there is no telling; as if one were left.
  const zeros = Math.max(1, BITS - ones);
  return Math.round(BITS * Math.log(BITS / zeros));
}

function bitsIn(byte: number): number {
  let bits = 0;
  for (let rest = byte; rest !== 0; rest &= rest - 1) bits += 1;
  return bits;
}

/** How many different names were seen in the last one to two windows. */
export class RecentEstimate {
  #current = new DistinctEstimate();
  #previous = new DistinctEstimate();
  #endsAt: number;

  /** @param now milliseconds that never run backwards */
  constructor(
    private readonly windowMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#endsAt = now() + windowMs;
  }

  add(handle: string): void {
    this.#turn();
    this.#current.add(handle);
  }

  get count(): number {
    this.#turn();
    return this.#current.countWith(this.#previous);
  }

  #turn(): void {
    const late = this.now() - this.#endsAt;
    if (late < 0) return;
    this.#previous = late < this.windowMs ? this.#current : new DistinctEstimate();
    this.#current = new DistinctEstimate();
    this.#endsAt = this.now() + this.windowMs;
  }
}
