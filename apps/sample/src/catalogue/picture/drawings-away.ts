import type { Drawing } from './drawings-home.js';
import { area, box, disc, METAL, oval, PAPER, stroke, WOOD } from './shapes.js';

const LEAF = '#6f8f54';

/** Garden, desk and bags. */
export const AWAY: Readonly<Record<string, Drawing>> = {
  Planter: ({ main, dark, light }) =>
    area(
      'M50 50C36 46 30 32 32 18c12 4 18 16 18 32zM50 50c0-18 8-28 20-30 0 14-6 26-20 30z',
      LEAF,
    ) +
    area('M50 50c-6-12-4-26 0-38 5 12 6 26 0 38z', '#86a76a') +
    area('M29 54h42l-6 26H35z', main) +
    area('M29 54h12l1 26h-7z', light) +
    box(26, 48, 48, 8, dark, 2),
  'Watering Can': ({ main, dark, light }) =>
    stroke('M36 44c0-24 36-22 34 2', dark, 4) +
    stroke('M34 66L16 40', main, 6) +
    area('M8 40l13-9 3 6-12 8z', dark) +
    area('M34 44h38l4 36H30z', main) +
    area('M34 44h11l-2 36H30z', light),
  'Bird House': ({ main, dark, light }) =>
    box(48, 66, 4, 34, WOOD) +
    box(30, 38, 40, 32, main, 2) +
    box(30, 38, 12, 32, light, 2) +
    area('M22 42l28-26 28 26-5 5-23-20-23 20z', dark) +
    disc(50, 50, 7, '#3b342c') +
    box(48, 60, 4, 7, WOOD, 2),
  'Hand Trowel': ({ main, light }) =>
    `<g transform="rotate(35 50 50)">${box(46, 6, 8, 30, WOOD, 4)}${box(48, 34, 4, 14, METAL)}${area('M38 46h24c2 18-4 32-12 40-8-8-14-22-12-40z', main)}${area('M38 46h10v38c-8-10-12-22-10-38z', light)}</g>`,
  'Flower Box': ({ main, dark, light }) =>
    stroke('M26 54V36M42 54V30M58 54V34M74 54V28', LEAF, 3) +
    disc(26, 33, 6, light) +
    disc(42, 27, 7, main) +
    disc(58, 31, 6, PAPER) +
    disc(74, 25, 7, dark) +
    box(14, 52, 72, 26, WOOD, 2) +
    stroke('M14 61h72M14 70h72', '#9c7247', 1.5),
  'Garden Chair': ({ main, dark }) =>
    stroke('M34 20l8 36M66 20l-8 36M32 80l30-24M68 80L38 56', WOOD, 4) +
    box(33, 20, 34, 6, main, 2) +
    box(35, 30, 30, 6, main, 2) +
    box(37, 40, 26, 6, main, 2) +
    box(28, 53, 44, 7, dark, 3),
  Notebook: ({ main, dark, light }) =>
    box(30, 18, 44, 62, PAPER, 3) +
    box(26, 16, 44, 62, main, 3) +
    box(26, 16, 8, 62, dark, 3) +
    box(42, 28, 20, 12, light, 2) +
    box(62, 16, 3, 62, dark),
  'Pen Tray': ({ main, dark, light }) =>
    box(14, 50, 72, 26, WOOD, 5) +
    box(19, 55, 62, 16, '#9c7247', 3) +
    box(24, 58, 46, 4, main, 2) +
    box(28, 65, 48, 4, light, 2) +
    area('M70 58l7 2-7 2z', dark),
  'Desk Organizer': ({ main, dark, light }) =>
    box(32, 20, 4, 36, dark, 1) +
    box(40, 14, 4, 40, main, 1) +
    area('M56 26h22v28H56z', PAPER) +
    stroke('M60 33h14M60 39h14', light, 2) +
    box(24, 46, 26, 34, WOOD, 3) +
    box(52, 40, 30, 40, main, 3) +
    box(52, 60, 30, 20, light, 3),
  'Letter Opener': ({ main, light }) =>
    area('M22 46h46v30H22z', PAPER) +
    stroke('M22 46l23 17 23-17', '#cfc7b8', 2) +
    `<g transform="rotate(-38 54 46)">${area('M22 46l8-4h32v8H30z', METAL)}${box(60, 41, 30, 10, main, 4)}${box(64, 44, 20, 2.5, light, 1)}</g>`,
  'Desk Mat': ({ main, dark, light }) =>
    area('M22 36h56l10 42H12z', main) +
    area('M26 40h48l8 34H18z', light) +
    area('M36 46h22l3 22H34z', PAPER) +
    stroke('M66 44l6 24', dark, 3.5),
  'Wall Clock': ({ main, dark, light }) =>
    disc(50, 46, 31, dark) +
    disc(50, 46, 28, main) +
    disc(50, 46, 23, PAPER) +
    stroke('M50 46V31M50 46l11 7', dark, 3) +
    stroke('M50 26v2M50 64v2M30 46h2M68 46h2', light, 2.5) +
    disc(50, 46, 2.5, main),
  Backpack: ({ main, dark, light }) =>
    stroke('M42 22c0-12 16-12 16 0', dark, 4) +
    area('M26 44c0-16 10-24 24-24s24 8 24 24v30c0 4-2 6-6 6H32c-4 0-6-2-6-6z', main) +
    box(32, 52, 36, 22, light, 4) +
    stroke('M32 40h36', dark, 3) +
    box(46, 38, 8, 10, dark, 2),
  'Tote Bag': ({ main, dark, light }) =>
    stroke('M38 44c0-34 24-34 24 0', dark, 4) +
    area('M24 38h52l4 42H20z', main) +
    area('M24 38h14l-2 42H20z', light) +
    disc(55, 60, 8, dark),
  Satchel: ({ main, dark, light }) =>
    stroke('M30 38C24 8 76 8 70 38', dark, 3) +
    box(18, 36, 64, 42, main, 5) +
    area('M18 41c0-3 2-5 5-5h54c3 0 5 2 5 5v12c-8 12-56 12-64 0z', light) +
    box(33, 50, 6, 16, dark, 2) +
    box(61, 50, 6, 16, dark, 2),
  Wallet: ({ main, dark, light }) =>
    box(26, 32, 44, 14, PAPER, 2) +
    box(30, 36, 44, 14, '#d8cfbf', 2) +
    box(18, 42, 64, 38, main, 6) +
    box(18, 42, 64, 10, light, 5) +
    box(62, 56, 20, 12, dark, 5) +
    disc(69, 62, 2.5, METAL),
  'Travel Bag': ({ main, dark, light }) =>
    stroke('M36 46c0-24 28-24 28 0', dark, 4) +
    box(12, 42, 76, 38, main, 14) +
    stroke('M16 50h68', light, 3) +
    box(30, 42, 6, 38, dark) +
    box(64, 42, 6, 38, dark),
  'Key Pouch': ({ main, dark, light }) =>
    disc(50, 20, 8, METAL) +
    disc(50, 20, 4.5, light) +
    stroke('M50 28v14', METAL, 3) +
    area('M34 42c0-6 32-6 32 0l4 30c0 5-3 8-8 8H38c-5 0-8-3-8-8z', main) +
    area('M34 42c0-6 32-6 32 0l1 10c-8 8-26 8-34 0z', dark) +
    disc(50, 55, 3, METAL),
  Basket: ({ main, dark, light }) =>
    stroke('M26 46c0-40 48-40 48 0', dark, 4.5) +
    area('M18 46h64l-8 34H26z', main) +
    stroke('M22 56h56M24 64h52M26 72h48', light, 2.5) +
    oval(50, 46, 32, 4, dark),
};
