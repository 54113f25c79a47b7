/** Sizes of the answers in KB of JSON, as they stand in the routes. */
export const SIZES = [1, 10, 100] as const;
export type Size = (typeof SIZES)[number];

interface Item {
  readonly id: number;
  readonly name: string;
  readonly price: number;
  readonly inStock: boolean;
  readonly tags: readonly string[];
  readonly description: string;
}

/** A list as an API sends it: some nesting, numbers, booleans, text. About `size` KB of JSON, the same on every server. */
export function payload(size: number): { readonly items: readonly Item[] } {
  const items: Item[] = [];
  for (let id = 1; JSON.stringify({ items }).length < size * 1024 - 100; id++) items.push(item(id));
  return { items };
}

function item(id: number): Item {
  return {
    id,
    name: `Product ${id}`,
    price: id * 1.25,
    inStock: id % 3 !== 0,
    tags: ['kitchen', `shelf-${id % 7}`],
    description: 'A plain teapot of white porcelain, holds 1.2 litres.',
  };
}
