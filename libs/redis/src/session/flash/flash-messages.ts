import type { FlashMessages } from 'express-session';

/** Where messages wait in the session. */
export const FLASH_KEY = '$flash';

/** As many messages wait at most; where nobody shows them, the oldest go. */
export const MOST_MESSAGES = 20;

/** A message that waits for the next request. */
export interface FlashEntry {
  /** Tells equal messages apart, so that each is delivered. */
  readonly id: string;
  readonly kind: string;
  readonly message: unknown;
}

/** The declared kinds; any text where none are declared. */
export type FlashKind = keyof FlashMessages extends never
  ? string
  : Extract<keyof FlashMessages, string>;

/** The type that was declared for the messages of a kind. */
export type FlashMessage<Kind extends FlashKind> = Kind extends keyof FlashMessages
  ? FlashMessages[Kind]
  : unknown;

/** Messages by kind, in the order in which they were left. A kind without messages is absent. */
export type FlashBag = { readonly [Kind in FlashKind]?: readonly FlashMessage<Kind>[] };

/** The messages of a session; none for what another program may have put there. */
export function entriesOf(value: unknown): readonly FlashEntry[] {
  return Array.isArray(value) ? value.filter(isEntry) : [];
}

function isEntry(value: unknown): value is FlashEntry {
  const entry = value as Partial<FlashEntry> | null;
  return typeof entry?.id === 'string' && typeof entry.kind === 'string';
}

export function bagOf(entries: readonly FlashEntry[]): FlashBag {
  const kinds = new Map<string, unknown[]>();
  for (const { kind, message } of entries) kinds.set(kind, [...(kinds.get(kind) ?? []), message]);
  return Object.fromEntries(kinds);
}

/** Merges what requests leave and take at the same time: all that was left, without what either has taken or dropped. */
export function mergeFlash(base: unknown, theirs: unknown, ours: unknown): unknown {
  const [before, stored, mine] = [entriesOf(base), entriesOf(theirs), entriesOf(ours)];
  const taken = missingFrom(mine, before);
  const kept = missingFrom(taken, stored);
  const added = missingFrom([...before, ...stored], mine);
  const merged = newest([...kept, ...added]);
  return merged.length > 0 ? merged : undefined;
}

/** Those that may wait. */
export function newest(entries: readonly FlashEntry[]): readonly FlashEntry[] {
  return entries.slice(-MOST_MESSAGES);
}

/** The entries of `all` that are not in `some`. */
export function missingFrom(
  some: readonly FlashEntry[],
  all: readonly FlashEntry[],
): readonly FlashEntry[] {
  const ids = new Set(some.map(({ id }) => id));
  return all.filter(({ id }) => !ids.has(id));
}
