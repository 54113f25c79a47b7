import type { BoardKeys } from '../structures-key-space.js';
import type { StructuresClient } from '../structures-client.js';
import type { BoardInput } from './input.js';
import type { ResolvedLeaderboard } from './leaderboard.options.js';
import { readAround } from './scripts/read-around-2.js';
import { readRange } from './scripts/read-range-1.js';

/** One place of a leaderboard. */
export interface LeaderboardEntry {
  readonly member: string;
  readonly score: number;
  /** From 1. */
  readonly rank: number;
}

/** One page of a board, best first. */
export interface LeaderboardPage {
  readonly entries: readonly LeaderboardEntry[];
  /** From 1. */
  readonly page: number;
  readonly pages: number;
  /** Members of the whole board. */
  readonly total: number;
}

/** Digits before a member on a board that orders ties by first reached. */
const DIGITS = 16;

export interface BoardReaderOptions {
  readonly client: StructuresClient;
  readonly board: ResolvedLeaderboard;
  readonly input: BoardInput;
  readonly keys: () => BoardKeys;
}

/**
 * Reads a leaderboard, a past season or an archive. Each call is one command or one script.
 *
 * Every method rejects with `REDIS_UNAVAILABLE` or `REDIS_DEADLINE_EXCEEDED` when Redis does not answer, and
 * with `LEADERBOARD_INPUT_INVALID` for an argument that cannot be.
 */
export class LeaderboardReader {
  readonly #reader: BoardReaderOptions;

  constructor(reader: BoardReaderOptions) {
    this.#reader = reader;
  }

  /** The first `n` (at most 10,000). O(log members + n). */
  async top(n: number): Promise<LeaderboardEntry[]> {
    return (await this.#range(0, this.#reader.input.entries('n', n))).entries;
  }

  /**
   * One page.
   *
   * @param page from 1; past the end it is empty
   * @param size entries per page, from 1 to 10,000; default 20
   */
  async page(page: number, size = 20): Promise<LeaderboardPage> {
    const { input } = this.#reader;
    if (input.position('page', page) === 0)
      throw input.refused('page', page, 'The first page is 1.');
    if (input.entries('size', size) === 0) throw input.refused('size', size, 'Give at least 1.');
    const first = input.position('first place of the page', (page - 1) * size);
    const { entries, total } = await this.#range(first, size);
    return { entries, page, pages: Math.ceil(total / size), total };
  }

  /** Rank from 1; undefined for a member that is not on the board. O(log members). */
  async rank(member: string): Promise<number | undefined> {
    return (await this.entry(member))?.rank;
  }

  /** The score; undefined for a member that is not on the board. */
  async score(member: string): Promise<number | undefined> {
    return (await this.entry(member))?.score;
  }

  /** Score and rank of a member. */
  async entry(member: string): Promise<LeaderboardEntry | undefined> {
    return (await this.around(member, 0))[0];
  }

  /** The member with up to `n` before and after it; empty when it is not on the board. */
  async around(member: string, n: number): Promise<LeaderboardEntry[]> {
    const { client, board, input } = this.#reader;
    const { scores, reached } = this.#reader.keys();
    const found = (await client.script(
      readAround,
      [scores, reached],
      [
        input.member(member),
        input.entries('n', n),
        board.order === 'highest-first' ? '1' : '0',
        board.ties === 'first-reached' ? '1' : '0',
      ],
    )) as [number, number, ...string[]] | [];
    const [first, , ...list] = found;
    return first === undefined ? [] : this.#entries(first, list);
  }

  /** Members of the board; with limits, those whose score is from `min` to `max`, both included. */
  async count({
    min,
    max,
  }: { readonly min?: number; readonly max?: number } = {}): Promise<number> {
    const { client, input } = this.#reader;
    const { scores } = this.#reader.keys();
    if (min === undefined && max === undefined) return client.run((redis) => redis.zcard(scores));
    const from = min === undefined ? '-inf' : input.number('min', min);
    const to = max === undefined ? '+inf' : input.number('max', max);
    return client.run((redis) => redis.zcount(scores, from, to));
  }

  async #range(
    first: number,
    number: number,
  ): Promise<{ readonly entries: LeaderboardEntry[]; readonly total: number }> {
    const { client, board } = this.#reader;
    const [total, ...list] = (await client.script(
      readRange,
      [this.#reader.keys().scores],
      [first, number, board.order === 'highest-first' ? '1' : '0'],
    )) as [number, ...string[]];
    return { entries: this.#entries(first, list), total };
  }

  #entries(first: number, list: readonly string[]): LeaderboardEntry[] {
    const cut = this.#reader.board.ties === 'first-reached' ? DIGITS : 0;
    return Array.from({ length: list.length / 2 }, (_, at) => ({
      member: list[2 * at]!.slice(cut),
      score: Number(list[2 * at + 1]),
      rank: first + at + 1,
    }));
  }
}
