/** What a node tells the others. */
export type Invalidation =
  | { readonly kind: 'entries'; readonly cache: string; readonly names: readonly string[] }
  | { readonly kind: 'generations'; readonly names: readonly string[] };

/** An invalidation on the wire: JSON, with the sender and its running number. */
export interface BusMessage {
  readonly node: string;
  /** 1, 2, 3 … per node: a gap says that something was missed. */
  readonly sequence: number;
  readonly invalidation: Invalidation;
}

export function encodeMessage({ node, sequence, invalidation }: BusMessage): string {
  return JSON.stringify({ v: 1, node, sequence, ...invalidation });
}

/** @returns undefined for anything that is not such a message; the receiver then forgets everything, to be safe */
export function decodeMessage(text: string): BusMessage | undefined {
  const message = parse(text);
  if (
    !message ||
    message.v !== 1 ||
    typeof message.node !== 'string' ||
    !Number.isSafeInteger(message.sequence)
  )
    return undefined;
  if (!Array.isArray(message.names) || !message.names.every((name) => typeof name === 'string'))
    return undefined;
  const { node, names } = message;
  const sequence = message.sequence as number;
  if (message.kind === 'generations')
    return { node, sequence, invalidation: { kind: 'generations', names } };
  if (message.kind !== 'entries' || typeof message.cache !== 'string') return undefined;
  return { node, sequence, invalidation: { kind: 'entries', cache: message.cache, names } };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
