import type { Drawing } from './drawings-home.js';
import { area, box, disc, METAL, oval, PAPER, stroke, WOOD } from './shapes.js';

/** Kitchen and tableware. */
export const TABLE: Readonly<Record<string, Drawing>> = {
  Kettle: ({ main, dark, light }) =>
    stroke('M34 40c0-26 32-26 32 0', METAL, 4) +
    area('M72 52l14-12 2 4-12 20z', dark) +
    area('M26 80c-3-26 6-40 24-40s27 14 24 40z', main) +
    area('M26 80c-3-26 6-40 20-40-8 8-11 22-10 40z', light) +
    disc(50, 38, 4, dark),
  Saucepan: ({ main, dark, light }) =>
    box(66, 48, 30, 6, WOOD, 3) +
    box(22, 44, 46, 34, main, 6) +
    box(22, 44, 12, 34, light, 6) +
    box(18, 40, 54, 6, dark, 3) +
    box(40, 33, 10, 6, METAL, 3),
  Skillet: ({ main, dark, light }) =>
    `<g transform="rotate(-32 50 50)">${box(62, 46, 36, 8, WOOD, 4)}${disc(42, 50, 27, dark)}${disc(42, 50, 22, main)}${oval(36, 44, 8, 5, light)}</g>`,
  'Mixing Bowl': ({ main, dark, light }) =>
    stroke('M62 44l16-26', WOOD, 4) +
    area('M16 44h68c0 22-14 36-34 36S16 66 16 44z', main) +
    area('M16 44h20c0 18 4 30 12 36-19 0-32-14-32-36z', light) +
    oval(50, 44, 34, 5, dark),
  'Cutting Board': ({ main, light }) =>
    box(28, 28, 44, 52, WOOD, 6) +
    box(44, 12, 12, 20, WOOD, 5) +
    disc(50, 19, 2.6, PAPER) +
    stroke('M36 38v32M64 36v36', '#9c7247', 1.5) +
    disc(50, 58, 10, main) +
    disc(50, 58, 6, light),
  'Pepper Mill': ({ main, dark, light }) =>
    disc(50, 19, 6, dark) +
    area('M42 26h16l-3 14H45z', main) +
    area('M45 40h10l6 40H39z', main) +
    area('M45 40h4l-4 40h-6z', light) +
    box(42, 38, 16, 4, METAL, 2),
  Teapot: ({ main, dark, light }) =>
    stroke('M30 50c-16-4-16 22 2 20', dark, 4.5) +
    area('M70 56c8-1 9-12 16-14l3 4c-5 4-6 18-18 22z', main) +
    area('M26 60c0-16 10-22 24-22s24 6 24 22-10 20-24 20-24-4-24-20z', main) +
    area('M26 60c0-16 8-22 20-22-8 6-10 30-2 42-12-1-18-6-18-20z', light) +
    oval(50, 38, 13, 3, dark) +
    disc(50, 33, 4, dark),
  Mug: ({ main, dark, light }) =>
    stroke('M66 46c18-4 18 24 0 22', dark, 5) +
    area('M28 38h40v34c0 5-3 8-8 8H36c-5 0-8-3-8-8z', main) +
    area('M28 38h11v42h-3c-5 0-8-3-8-8z', light) +
    oval(48, 38, 20, 3.5, dark) +
    stroke('M42 28c-3-4 3-6 0-11M53 28c-3-4 3-6 0-11', PAPER, 2.5),
  'Dinner Plate': ({ main, dark, light }) =>
    disc(50, 50, 32, main) +
    disc(50, 50, 27, light) +
    disc(50, 50, 18, PAPER) +
    stroke('M12 30v40M9 30v10c0 4 6 4 6 0V30M88 30v40M88 30c4 4 4 16 0 20', dark, 2.2),
  'Serving Bowl': ({ main, dark, light }) =>
    disc(40, 42, 9, '#d9693f') +
    disc(56, 40, 10, '#e2a33d') +
    disc(67, 45, 7, '#8da54a') +
    area('M18 48h64c0 18-12 27-32 27S18 66 18 48z', main) +
    area('M18 48h18c0 14 5 23 14 27-20 0-32-9-32-27z', light) +
    box(38, 74, 24, 6, dark, 2),
  Pitcher: ({ main, dark, light }) =>
    stroke('M64 36c22-4 18 32-2 32', dark, 5) +
    area('M32 24h28l8-3-4 13c8 18 6 40-2 46H38c-10-8-12-34-4-46z', main) +
    area('M32 24h12c-6 14-8 42 0 56h-6c-10-8-12-34-4-46z', light) +
    oval(48, 24, 16, 2.5, dark),
  Vase: ({ main, dark, light }) =>
    stroke('M50 36c0-14-2-20-10-26M51 36c0-12 4-18 13-22M50 30c-4-6-9-8-15-8', '#5f7d4e', 2.4) +
    disc(39, 9, 5, light) +
    disc(66, 13, 5, main) +
    disc(33, 22, 4.5, dark) +
    area('M43 36h14c0 10 13 14 13 27 0 11-8 17-20 17s-20-6-20-17c0-13 13-17 13-27z', main) +
    area('M43 36h5c0 12-9 15-9 28 0 9 3 14 9 16-11-1-18-6-18-17 0-13 13-17 13-27z', light),
  'Salt Cellar': ({ main, dark, light }) =>
    area('M28 52c4-12 40-12 44 0z', PAPER) +
    box(24, 50, 52, 30, WOOD, 7) +
    box(24, 58, 52, 5, main) +
    box(24, 66, 52, 3, light) +
    stroke('M58 46l18-20', dark, 3.5),
};
