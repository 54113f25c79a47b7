/** The colors of one picture. */
export interface Palette {
  readonly ground: string;
  readonly shelf: string;
  readonly main: string;
  readonly dark: string;
  readonly light: string;
}

const palette = (
  ground: string,
  shelf: string,
  main: string,
  dark: string,
  light: string,
): Palette => ({
  ground,
  shelf,
  main,
  dark,
  light,
});

const PALETTES: Readonly<Record<string, Palette>> = {
  Moss: palette('#e6eadb', '#cfd8bb', '#7f9158', '#4f5d33', '#b9c69a'),
  Clay: palette('#f4e3d9', '#e9cbb9', '#c2714f', '#84452c', '#e5ad92'),
  Ink: palette('#e1e5ee', '#c7cfdf', '#3f5078', '#25304d', '#8f9dbd'),
  Saffron: palette('#f8ecd0', '#efd9a4', '#dda12c', '#93640f', '#f0cc7f'),
  Rose: palette('#f6e2e4', '#eac7cb', '#c76d7d', '#89404f', '#e7aab4'),
  Slate: palette('#e6e8ea', '#cdd2d6', '#6d7983', '#414b53', '#aeb7be'),
  Sand: palette('#f3ecdf', '#e4d7be', '#c2a676', '#826a40', '#e0cda6'),
  Sky: palette('#dfedf3', '#c0dae6', '#5797b4', '#2e6079', '#a2cadc'),
  Plum: palette('#ece2ee', '#d8c5dc', '#85578f', '#54315c', '#bd9cc5'),
  Fern: palette('#dcede4', '#b9dac8', '#3f8f6b', '#235c43', '#8ec6aa'),
};

const PLAIN = palette('#e6e8ea', '#cdd2d6', '#6d7983', '#414b53', '#aeb7be');

export function paletteOf(color: string): Palette {
  return PALETTES[color] ?? PLAIN;
}
