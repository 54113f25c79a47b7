import { hashTag } from '../common/key-space.js';

/** The keys of one season, or of one archive, of a leaderboard. All in one slot. */
export interface BoardKeys {
  readonly scores: string;
  readonly reached: string;
}

/**
 * Names of every key and channel that the structures use.
 *
 * | name | type | holds |
 * |---|---|---|
 * | `<prefix>leaderboard:{<board>:<season>}:scores` | sorted set | scores by member; with `ties: 'first-reached'`, 16 digits stand before the member |
 * | `<prefix>leaderboard:{<board>:<season>}:reached` | hash | those digits by member; the field `''` counts |
 * | `<prefix>leaderboard:{<board>:<season>}:operation:<id>` | string | score after an increment that has an operation id |
 * | `<prefix>leaderboard:{<board>:<season>}:archive:<name>:…` | as above | what `archive` put aside |
 * | `<prefix>channel:<name>` | channel | messages as JSON |
 * | `<prefix>stream:{<name>}` | stream | messages: field `d` is JSON, `g` the one group that a retried letter is for |
 * | `<prefix>stream:{<name>}:dead` | stream | dead letters: d data, i id, g group, e error, n deliveries |
 * | `<prefix>stream-wake` | channel | names of streams that got a message |
 *
 * A board without seasons is `{<board>}`. Seasons expire; operations expire; the others stay.
 */
export class StructuresKeySpace {
  constructor(readonly prefix: string) {}

  board(board: string, season: string | undefined, archive?: string): BoardKeys {
    const base = `${this.#board(board, season)}${archive === undefined ? '' : `:archive:${archive}`}`;
    return { scores: `${base}:scores`, reached: `${base}:reached` };
  }

  operation(board: string, season: string | undefined, id: string): string {
    return `${this.#board(board, season)}:operation:${id}`;
  }

  channel(name: string): string {
    return `${this.prefix}channel:${name}`;
  }

  /** The name that a channel has in the application. */
  channelName(channel: string): string {
    return channel.slice(`${this.prefix}channel:`.length);
  }

  stream(name: string): string {
    return `${this.prefix}stream:${hashTag(name)}`;
  }

  deadLetters(name: string): string {
    return `${this.stream(name)}:dead`;
  }

  get streamWake(): string {
    return `${this.prefix}stream-wake`;
  }

  #board(board: string, season: string | undefined): string {
    return `${this.prefix}leaderboard:${hashTag(season === undefined ? board : `${board}:${season}`)}`;
  }
}
