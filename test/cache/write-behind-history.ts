import type { Row } from './write-behind-database.js';

/** One write of one application, as it reported it. Times are comparable between processes. */
interface Write {
  readonly key: string;
  readonly writer: string;
  readonly n: number;
  readonly issuedAt: number;
  /** Infinity until it is acknowledged. */
  acknowledgedAt: number;
}

/** What the applications said that they wrote, against what the database has in the end. */
export class WriteHistory {
  readonly #writes = new Map<string, Write>();
  /** When an application was seen to be gone: what it had not acknowledged by then was accepted before it. */
  readonly #endedAt = new Map<string, number>();
  refused = 0;

  issued(key: string, writer: string, n: number, at: number): void {
    const write = { key, writer, n, issuedAt: at, acknowledgedAt: Infinity };
    this.#writes.set(`${writer}/${n}`, write);
  }

  acknowledged(writer: string, n: number, at: number): void {
    const write = this.#writes.get(`${writer}/${n}`);
    if (write) write.acknowledgedAt = at;
  }

  ended(writer: string, at: number): void {
    this.#endedAt.set(writer, at);
  }

  get issuedCount(): number {
    return this.#writes.size;
  }

  get acknowledgedCount(): number {
    return this.#acknowledged.length;
  }

  /**
   * Acknowledged writes that the final rows deny: there is no row of the key, or what the row holds was
   * over and done before the write was even begun.
   */
  missing(rows: readonly Row[]): string[] {
    const final = new Map(
      rows.map(({ key, writer, n }) => [key, this.#writes.get(`${writer}/${n}`)]),
    );
    return this.#acknowledged
      .filter((write) => {
        const kept = final.get(write.key);
        return !kept || this.#doneAt(kept) < write.issuedAt;
      })
      .map(({ key, writer, n }) => `${key} by ${writer}/${n}`);
  }

  get #acknowledged(): Write[] {
    return [...this.#writes.values()].filter(({ acknowledgedAt }) => acknowledgedAt < Infinity);
  }

  #doneAt({ writer, acknowledgedAt }: Write): number {
    return Math.min(acknowledgedAt, this.#endedAt.get(writer) ?? Infinity);
  }
}
