import { BRANDS, CATEGORIES, COLLECTIONS, COLORS, MATERIALS, type Kind } from './words.js';

/** A row of the table `products`. */
export interface ProductRow {
  readonly id: number;
  readonly name: string;
  readonly brand: string;
  readonly category: string;
  readonly kind: string;
  readonly color: string;
  readonly description: string;
  readonly price_cents: number;
  readonly stock: number;
}

type Random = () => number;
type Draft = Omit<ProductRow, 'id'>;

/** Every kind of thing in every collection and material: 6,000 products, the same ones each time. */
export function makeProducts(): ProductRow[] {
  const random = seededRandom(20_240_301);
  const drafts: Draft[] = [];
  for (const [category, kinds] of Object.entries(CATEGORIES)) {
    for (const kind of kinds) drafts.push(...makeKind(category, kind, random));
  }
  return shuffle(drafts, random).map((draft, index) => ({ id: index + 1, ...draft }));
}

function makeKind(category: string, kind: Kind, random: Random): Draft[] {
  return COLLECTIONS.flatMap((collection) =>
    kind.materials.map((material) => {
      const color = pick(COLORS, random);
      return {
        name: `${collection} ${material} ${kind.name}`,
        brand: pick(BRANDS, random),
        category,
        kind: kind.name,
        color,
        description: describe(collection, material, kind, color, random),
        price_cents: Math.round(kind.price * (0.7 + 0.9 * random())) * 100 - 5,
        stock: random() < 0.06 ? 0 : Math.floor(3 + 60 * random()),
      };
    }),
  );
}

function describe(
  collection: string,
  material: string,
  { name, use }: Kind,
  color: string,
  random: Random,
): string {
  const { feel, care } = MATERIALS[material] ?? { feel: 'well made', care: 'Wipe clean.' };
  const story = pick(
    [
      `It belongs to the ${collection} collection, drawn for small homes and long use.`,
      `The ${collection} collection keeps to one idea: nothing that you would not miss.`,
      `Made in small batches for the ${collection} collection, so no two are quite alike.`,
      `The ${collection} collection began with this piece, and it is still our favorite.`,
    ],
    random,
  );
  const article = /^[AO]/.test(name) ? 'An' : 'A';
  const look = `${color} ${material}`.toLowerCase();
  return `${article} ${name.toLowerCase()} in ${look}, ${feel}, ${use}. ${story} ${care}`;
}

function pick<T>(list: readonly T[], random: Random): T {
  return list[Math.floor(random() * list.length)] as T;
}

/** Fisher-Yates. */
function shuffle<T>(list: T[], random: Random): T[] {
  for (let last = list.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [list[last], list[other]] = [list[other] as T, list[last] as T];
  }
  return list;
}

/** mulberry32: small, and the same numbers for the same seed on every machine. */
function seededRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
