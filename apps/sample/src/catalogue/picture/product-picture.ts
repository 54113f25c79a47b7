import type { Product } from '../product.js';
import { AWAY } from './drawings-away.js';
import { HOME, type Drawing } from './drawings-home.js';
import { TABLE } from './drawings-table.js';
import { paletteOf } from './palette.js';
import { box, disc } from './shapes.js';

export type Pictured = Pick<Product, 'id' | 'kind' | 'color'>;

const DRAWINGS: Readonly<Record<string, Drawing>> = { ...HOME, ...TABLE, ...AWAY };

const PARCEL: Drawing = ({ main, dark, light }) =>
  box(26, 38, 48, 42, main, 3) + box(46, 38, 8, 42, dark) + box(26, 38, 48, 9, light, 3);

/** An inline SVG from the product's kind and color; the light behind it differs from product to product. */
export function productPicture({ id, kind, color }: Pictured): string {
  const palette = paletteOf(color);
  const draw = DRAWINGS[kind] ?? PARCEL;
  const light = disc(
    20 + ((id * 37) % 60),
    14 + ((id * 23) % 30),
    26 + ((id * 13) % 12),
    palette.shelf,
  );
  return (
    `<svg viewBox="0 0 100 100" aria-hidden="true" focusable="false">` +
    `<rect width="100" height="100" fill="${palette.ground}"/>` +
    `<g opacity=".45">${light}</g>${box(0, 80, 100, 20, palette.shelf)}${draw(palette)}</svg>`
  );
}
