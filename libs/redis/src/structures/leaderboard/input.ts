import { describeValue, RedisKitError } from '../../common/errors.js';

/** Members are kept in every entry of a board, so a long one costs memory and time. */
const LONGEST_MEMBER_BYTES = 512;
/** Entries of one call: one script must not hold up the others on the server. */
const MOST_ENTRIES = 10_000;

/** The checks of what callers of one leaderboard give. */
export class BoardInput {
  constructor(private readonly board: string) {}

  member(member: unknown): string {
    if (typeof member !== 'string' || member === '')
      throw this.refused('member', member, 'Give a text that is not empty.');
    const bytes = Buffer.from(member);
    if (bytes.byteLength > LONGEST_MEMBER_BYTES)
      throw this.refused(
        'member',
        `${member.slice(0, 40)}…`,
        `It has ${bytes.byteLength} bytes; give at most ${LONGEST_MEMBER_BYTES}, such as an id.`,
      );
    // Half a surrogate pair has no UTF-8, so two members would become one.
    if (bytes.toString() !== member)
      throw this.refused('member', member, 'Give well-formed Unicode.');
    return member;
  }

  /** A number that a sorted set, whose scores are doubles, holds exactly. */
  number(what: string, value: unknown): number {
    if (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value;
    throw this.refused(what, value, 'Give a number from -(2^53 - 1) to 2^53 - 1.');
  }

  entries(what: string, value: unknown): number {
    return this.#whole(what, value, MOST_ENTRIES);
  }

  position(what: string, value: unknown): number {
    return this.#whole(what, value, Number.MAX_SAFE_INTEGER);
  }

  /** Part of a key: an operation id, an archive name. */
  name(what: string, value: unknown): string {
    if (typeof value === 'string' && /^[\w.:@/+=-]{1,128}$/.test(value)) return value;
    throw this.refused(what, value, 'Give 1 to 128 letters, digits or . _ : @ / + = -.');
  }

  oneOf(what: string, value: unknown, allowed: readonly string[]): void {
    if (!allowed.includes(value as string))
      throw this.refused(what, value, `Give one of ${allowed.join(', ')}.`);
  }

  #whole(what: string, value: unknown, most: number): number {
    if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most)
      return value as number;
    throw this.refused(what, value, `Give a whole number from 0 to ${most}.`);
  }

  refused(what: string, value: unknown, remedy: string): RedisKitError {
    return new RedisKitError(
      'LEADERBOARD_INPUT_INVALID',
      `The ${what} for leaderboard \`${this.board}\` is ${describeValue(value)}. ${remedy}`,
    );
  }
}
