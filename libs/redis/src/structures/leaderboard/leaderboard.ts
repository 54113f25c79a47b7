import { isDate } from 'node:util/types';
import { parseDuration, type Duration } from '../../common/duration.js';
import { ConfigurationError, RedisKitError } from '../../common/errors.js';
import type { StructuresClient } from '../structures-client.js';
import type { BoardKeys, StructuresKeySpace } from '../structures-key-space.js';
import { checkStructureName } from '../structures.options.js';
import { LeaderboardReader } from './board-reader.js';
import { BoardInput } from './input.js';
import { leaderboardChange, type LeaderboardChangeEvent } from './leaderboard.events.js';
import type { ResolvedLeaderboard } from './leaderboard.options.js';
import { archiveBoard } from './scripts/archive-board-4.js';
import { placeMember } from './scripts/place-member-3.js';
import { removeMembers } from './scripts/remove-members-2.js';
import type { Season } from './season.js';

/** Options of `Leaderboard.add`. */
export interface AddOptions {
  /**
   * When the score is taken. Default `always`. `higher` and `lower` keep the better one of the two, `new` keeps
   * the first.
   */
  readonly when?: 'always' | 'new' | 'higher' | 'lower';
}

/** Options of `Leaderboard.increment`. */
export interface IncrementOptions {
  /**
   * Name of the event that this increment stands for, such as `order:17`. An increment with a name that was used
   * before, on the same board and season, changes nothing and returns the score that the first one made: so it
   * can be repeated when its reply was lost. Remembered for `rememberOperations` (default 1 day).
   */
  readonly operation?: string;
}

/** Options of `Leaderboard.archive`. */
export interface ArchiveOptions {
  /** How long the archive stays. Default: until you remove it. */
  readonly keep?: Duration;
}

export interface LeaderboardParts {
  readonly client: StructuresClient;
  readonly keys: StructuresKeySpace;
  readonly board: ResolvedLeaderboard;
  /** The moment whose season it is about. Default: now, by the clock of this process. */
  readonly moment?: () => Date;
}

/** What `place-member` answers first. */
const CHANGED = 1;
const REPEATED = 2;
const OUT_OF_RANGE = -1;

/**
 * Members by score: `@InjectLeaderboard('weekly') private readonly board: Leaderboard`.
 *
 * A call that rejects may still have been done when only its reply was lost. Nothing is sent twice. Repeat what
 * is safe to repeat: all but an `increment` without an `operation`.
 */
export class Leaderboard extends LeaderboardReader {
  readonly #parts: LeaderboardParts;
  readonly #input: BoardInput;

  constructor(parts: LeaderboardParts) {
    const { client, board } = parts;
    const input = new BoardInput(board.name);
    super({ client, board, input, keys: () => boardKeys(parts) });
    this.#parts = parts;
    this.#input = input;
  }

  /** Id of the season that calls go to now; undefined for a board without seasons. */
  get seasonId(): string | undefined {
    return seasonOf(this.#parts)?.id;
  }

  /**
   * Gives a member a score: -(2^53 - 1) to 2^53 - 1, whole numbers exactly, others as doubles.
   *
   * @returns whether the board changed
   */
  async add(member: string, score: number, { when = 'always' }: AddOptions = {}): Promise<boolean> {
    const value = this.#input.number('score', score);
    this.#input.oneOf('option `when`', when, ['always', 'new', 'higher', 'lower']);
    const [outcome] = await this.#place('add', { member, value, mode: when });
    return outcome === CHANGED;
  }

  /**
   * Adds to the score of a member; one that is not on the board begins at 0.
   *
   * @param by default 1; may be negative
   * @returns the new score
   * @throws RedisKitError `LEADERBOARD_SCORE_OUT_OF_RANGE` past 2^53 - 1; the score stays
   */
  async increment(member: string, by = 1, { operation }: IncrementOptions = {}): Promise<number> {
    const value = this.#input.number('increment', by);
    const id = operation === undefined ? undefined : this.#input.name('operation', operation);
    const [outcome, score] = await this.#place('increment', { member, value, mode: 'add', id });
    if (outcome !== OUT_OF_RANGE) return Number(score);
    throw new RedisKitError(
      'LEADERBOARD_SCORE_OUT_OF_RANGE',
      `The score of \`${member}\` on leaderboard \`${this.#parts.board.name}\` is ${score ?? 'none'}; with ${by} more it would pass 2^53 - 1 and lose precision. It stays.`,
    );
  }

  /** Takes members off the board. @returns how many were on it */
  async remove(...members: readonly string[]): Promise<number> {
    this.#input.entries('number of members', members.length);
    const checked = members.map((member) => this.#input.member(member));
    if (checked.length === 0) return 0;
    const { client, board } = this.#parts;
    const { scores, reached } = boardKeys(this.#parts);
    const hasDigits = board.ties === 'first-reached' ? '1' : '0';
    const removed = await client.script(removeMembers, [scores, reached], [hasDigits, ...checked]);
    this.#tell('remove', removed === 0 ? 'unchanged' : 'changed');
    return removed as number;
  }

  /** Empties the board. Operation ids stay remembered. @returns whether there was anything */
  async reset(): Promise<boolean> {
    const { scores, reached } = boardKeys(this.#parts);
    const removed = await this.#parts.client.run((client) => client.unlink(scores, reached));
    this.#tell('reset', removed === 0 ? 'unchanged' : 'changed');
    return removed > 0;
  }

  /**
   * Puts the board aside under a name and goes on with an empty one, in one step. Read it by `archived(name)`.
   *
   * @returns number of members; 0 for an empty board, which makes no archive
   * @throws RedisKitError `LEADERBOARD_ARCHIVE_EXISTS`
   */
  async archive(name: string, { keep }: ArchiveOptions = {}): Promise<number> {
    const { client } = this.#parts;
    const keepMs = keep === undefined ? 0 : parseDuration(keep, 'keep');
    const from = boardKeys(this.#parts);
    const to = boardKeys(this.#parts, this.#input.name('archive name', name));
    const keys = [from.scores, from.reached, to.scores, to.reached];
    const members = (await client.script(archiveBoard, keys, [keepMs])) as number;
    this.#tell('archive', members > 0 ? 'changed' : members === 0 ? 'unchanged' : 'refused');
    if (members >= 0) return members;
    throw new RedisKitError(
      'LEADERBOARD_ARCHIVE_EXISTS',
      `Leaderboard \`${this.#parts.board.name}\` has an archive \`${name}\` already. Give another name.`,
    );
  }

  /** What `archive` put aside, for reading. Of the same season as this board. */
  archived(name: string): LeaderboardReader {
    const { client, board } = this.#parts;
    const checked = this.#input.name('archive name', name);
    return new LeaderboardReader({
      client,
      board,
      input: this.#input,
      keys: () => boardKeys(this.#parts, checked),
    });
  }

  /**
   * The board of the season that a moment lies in: for past seasons, and for events that are counted late or
   * repeated, which belong to the season in which they happened.
   *
   * @throws ConfigurationError for a board without seasons
   */
  at(moment: Date): Leaderboard {
    if (this.#parts.board.season === undefined) throw seasonless(this.#parts.board.name);
    if (!isDate(moment) || Number.isNaN(moment.getTime()))
      throw this.#input.refused('moment', moment, 'Give a Date.');
    return new Leaderboard({ ...this.#parts, moment: () => moment });
  }

  /** The board of the season before this one. @throws ConfigurationError for a board without seasons */
  previous(): Leaderboard {
    const season = seasonOf(this.#parts);
    if (!season) throw seasonless(this.#parts.board.name);
    return this.at(new Date(season.startsAt.getTime() - 1));
  }

  async #place(
    operation: 'add' | 'increment',
    { member, value, mode, id }: Placing,
  ): Promise<readonly [number, string | null]> {
    const { client, board, keys } = this.#parts;
    const season = seasonOf(this.#parts);
    const { scores, reached } = keys.board(board.name, season?.id);
    const [outcome, score] = (await client.script(
      placeMember,
      [scores, reached, keys.operation(board.name, season?.id, id ?? '')],
      [
        this.#input.member(member),
        value,
        mode,
        tiesArgument(board),
        season ? season.endsAt.getTime() + board.keepMs : 0,
        id === undefined ? 0 : board.operationMs,
      ],
    )) as [number, string | null];
    this.#tell(operation, outcomeName(outcome));
    return [outcome, score];
  }

  #tell(
    operation: LeaderboardChangeEvent['operation'],
    outcome: LeaderboardChangeEvent['outcome'],
  ): void {
    const { board } = this.#parts;
    leaderboardChange.publish(() => ({
      leaderboard: board.name,
      season: this.seasonId,
      operation,
      outcome,
    }));
  }
}

interface Placing {
  readonly member: string;
  readonly value: number;
  readonly mode: NonNullable<AddOptions['when']> | 'add';
  readonly id?: string;
}

function seasonOf({ board, moment = () => new Date() }: LeaderboardParts): Season | undefined {
  const season = board.season?.(moment());
  // A function of the application's own; its id becomes part of keys.
  if (season) checkSeason(`leaderboards.${board.name}.season`, season);
  return season;
}

/** An end that is no date would fail in Redis after the score was written. */
function checkSeason(option: string, { id, startsAt, endsAt }: Season): void {
  checkStructureName(option, id);
  for (const moment of [startsAt, endsAt]) {
    if (!isDate(moment) || Number.isNaN(moment.getTime()))
      throw new ConfigurationError(
        option,
        moment,
        'Return a startsAt and an endsAt that are dates.',
      );
  }
}

function boardKeys(parts: LeaderboardParts, archive?: string): BoardKeys {
  return parts.keys.board(parts.board.name, seasonOf(parts)?.id, archive);
}

function tiesArgument({ ties, order }: ResolvedLeaderboard): string {
  if (ties === 'member') return 'member';
  return order === 'highest-first' ? 'first-high' : 'first-low';
}

function outcomeName(outcome: number): LeaderboardChangeEvent['outcome'] {
  if (outcome === CHANGED) return 'changed';
  if (outcome === REPEATED) return 'repeated';
  return outcome === OUT_OF_RANGE ? 'refused' : 'unchanged';
}

function seasonless(name: string): ConfigurationError {
  return new ConfigurationError(
    `leaderboards.${name}.season`,
    undefined,
    "Give the leaderboard a season, such as 'week', to use at() and previous().",
  );
}
