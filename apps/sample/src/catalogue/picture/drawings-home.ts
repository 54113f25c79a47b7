import type { Palette } from './palette.js';
import { area, box, disc, METAL, oval, PAPER, stroke, WOOD } from './shapes.js';

export type Drawing = (palette: Palette) => string;

/** Lighting, furniture and textiles. */
export const HOME: Readonly<Record<string, Drawing>> = {
  'Table Lamp': ({ main, dark, light }) =>
    area('M36 20h28l10 26H26z', main) +
    area('M36 20h9l-6 26H26z', light) +
    box(48, 46, 4, 22, METAL) +
    area('M38 80c0-9 6-13 12-13s12 4 12 13z', dark),
  'Floor Lamp': ({ main, dark, light }) =>
    area('M39 12h22l8 20H31z', main) +
    area('M39 12h7l-5 20H31z', light) +
    box(48.5, 32, 3, 46, METAL) +
    oval(50, 79, 14, 2.6, dark),
  'Pendant Light': ({ main, dark, light }) =>
    box(49, 0, 2, 26, METAL) +
    box(45, 24, 10, 8, dark, 2) +
    area('M22 58c0-17 12-27 28-27s28 10 28 27z', main) +
    area('M22 58c0-17 12-27 28-27-10 4-16 14-17 27z', light) +
    oval(50, 58, 10, 5, '#fff3c9'),
  Lantern: ({ main, dark }) =>
    stroke('M38 28c0-16 24-16 24 0', METAL, 3) +
    area('M34 34l16-10 16 10z', dark) +
    box(35, 34, 30, 38, main, 2) +
    box(41, 40, 18, 27, '#fff3c9', 2) +
    area('M50 46c5 6 5 9 5 11a5 5 0 0 1-10 0c0-2 0-5 5-11z', '#e9a23b') +
    box(31, 72, 38, 8, dark, 2),
  'Candle Holder': ({ main, dark, light }) =>
    area('M50 14c5 6 5 9 5 11a5 5 0 0 1-10 0c0-2 0-5 5-11z', '#e9a23b') +
    box(45, 30, 10, 28, PAPER, 1) +
    box(40, 57, 20, 6, light, 2) +
    box(46, 62, 8, 12, main) +
    area('M30 80c2-6 8-8 20-8s18 2 20 8z', dark),
  'Wall Light': ({ main, dark, light }) =>
    box(26, 28, 7, 40, dark, 3) +
    stroke('M32 56h16V46', METAL, 4) +
    area('M38 46l5-22h22l8 22z', main) +
    area('M38 46l5-22h7l-3 22z', light) +
    oval(55, 46, 9, 3, '#fff3c9'),
  Armchair: ({ main, dark, light }) =>
    box(30, 24, 40, 40, main, 12) +
    box(34, 50, 32, 14, light, 5) +
    box(21, 42, 13, 28, dark, 6) +
    box(66, 42, 13, 28, dark, 6) +
    box(28, 64, 44, 8, main, 3) +
    stroke('M30 72l-3 8M70 72l3 8', WOOD, 4),
  Stool: ({ main, dark }) =>
    stroke('M36 44l-7 36M64 44l7 36M33 64h34', WOOD, 4.5) +
    box(26, 36, 48, 9, main, 4) +
    box(26, 41, 48, 4, dark, 2),
  'Side Table': ({ main, dark, light }) =>
    stroke('M32 50v30M68 50v30', WOOD, 4.5) +
    box(32, 66, 36, 4, WOOD) +
    box(22, 43, 56, 8, main, 3) +
    area('M44 43c-4-8-2-14 0-17h12c2 3 4 9 0 17z', light) +
    stroke('M50 26c0-6 4-10 9-11M49 26c-1-5-5-7-9-8', dark, 2),
  Bookshelf: ({ main, dark, light }) =>
    box(26, 14, 48, 66, WOOD, 2) +
    box(30, 18, 40, 17, PAPER) +
    box(30, 39, 40, 17, PAPER) +
    box(30, 60, 40, 16, PAPER) +
    box(33, 21, 5, 14, main) +
    box(39, 23, 4, 12, dark) +
    box(44, 20, 6, 15, light) +
    area('M58 35l5-13 4 2-4 11z', main) +
    box(50, 43, 5, 13, dark) +
    box(56, 41, 6, 15, main) +
    box(63, 44, 4, 12, light) +
    box(33, 66, 14, 10, light, 1) +
    disc(60, 70, 6, main),
  Bench: ({ main, dark }) =>
    stroke('M24 58v22M76 58v22M24 70h52', WOOD, 4.5) +
    box(15, 50, 70, 9, main, 3) +
    box(15, 55, 70, 4, dark, 2),
  Mirror: ({ main, light }) =>
    oval(50, 45, 24, 31, WOOD) +
    oval(50, 45, 20, 27, light) +
    area('M38 60l22-36M46 66l20-33', 'none') +
    stroke('M39 56l18-29M47 62l16-26', PAPER, 3) +
    box(36, 77, 28, 3, main, 1),
  Cushion: ({ main, dark, light }) =>
    area('M24 30c17 4 35 4 52 0-4 15-4 31 0 47-17-4-35-4-52 0 4-16 4-32 0-47z', main) +
    stroke('M33 40c11 2 23 2 34 0M33 67c11-2 23-2 34 0', light, 2.5) +
    disc(50, 53, 3, dark),
  'Throw Blanket': ({ main, dark, light }) =>
    box(22, 34, 56, 40, main, 5) +
    box(22, 44, 56, 5, light) +
    box(22, 54, 56, 5, dark) +
    stroke('M25 75v5M32 75v5M39 75v5M46 75v5M53 75v5M60 75v5M67 75v5M74 75v5', main, 2),
  Rug: ({ main, dark, light }) =>
    area('M26 32h48l12 44H14z', main) +
    area('M31 38h38l8 32H23z', light) +
    area('M50 42l13 12-13 12-13-12z', dark) +
    area('M50 48l6 6-6 6-6-6z', PAPER),
  'Bath Towel': ({ main, dark, light }) =>
    box(18, 20, 64, 4, METAL, 2) +
    area('M28 20h44v54H28z', main) +
    box(28, 58, 44, 4, light) +
    box(28, 65, 44, 3, dark) +
    area('M28 20h12v54H28z', light),
  'Table Runner': ({ main, dark, light }) =>
    box(12, 40, 76, 6, WOOD, 2) +
    stroke('M20 46v34M80 46v34', WOOD, 4.5) +
    area('M32 38h36v30l-18 8-18-8z', main) +
    area('M38 38h24v26l-12 6-12-6z', light) +
    stroke('M32 44h36', dark, 2),
  Curtain: ({ main, dark, light }) =>
    box(14, 16, 72, 4, METAL, 2) +
    area('M22 20h56v54H22z', '#eef7fb') +
    area('M20 20h22c0 24-6 40-12 58H20z', main) +
    area('M80 20H58c0 24 6 40 12 58h10z', main) +
    stroke('M27 22v50M34 22c0 20-3 34-6 46M73 22v50M66 22c0 20 3 34 6 46', dark, 1.6) +
    box(47, 20, 6, 54, light),
};
