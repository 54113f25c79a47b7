/** One kind of thing that the shop sells. */
export interface Kind {
  readonly name: string;
  readonly materials: readonly string[];
  /** What it is good for, as the end of a sentence. */
  readonly use: string;
  /** Dollars, around which the prices lie. */
  readonly price: number;
}

const WOODS = ['Oak', 'Walnut', 'Ash', 'Birch'];
const METALS = ['Brass', 'Steel', 'Copper', 'Iron'];
const CLAYS = ['Stoneware', 'Porcelain', 'Terracotta', 'Glass'];
const CLOTHS = ['Linen', 'Wool', 'Cotton', 'Hemp'];
const HIDES = ['Leather', 'Canvas', 'Felt', 'Cork'];

const kind = (name: string, materials: readonly string[], price: number, use: string): Kind => ({
  name,
  materials,
  price,
  use,
});

export const CATEGORIES: Readonly<Record<string, readonly Kind[]>> = {
  Lighting: [
    kind('Table Lamp', METALS, 120, 'for the corner where you read'),
    kind('Floor Lamp', METALS, 240, 'to light a whole room without glare'),
    kind('Pendant Light', CLAYS, 160, 'to hang low over a long table'),
    kind('Lantern', METALS, 58, 'for the porch and for late evenings'),
    kind('Candle Holder', CLAYS, 24, 'steady, even with a tall candle'),
    kind('Wall Light', METALS, 95, 'for hallways and beside the bed'),
  ],
  Kitchen: [
    kind('Kettle', METALS, 72, 'with a spout that does not drip'),
    kind('Saucepan', METALS, 88, 'for sauces that want an even heat'),
    kind('Skillet', METALS, 64, 'that goes from the stove to the oven'),
    kind('Mixing Bowl', CLAYS, 34, 'large enough for a loaf to rise in'),
    kind('Cutting Board', WOODS, 46, 'kind to knives, with a groove for the juice'),
    kind('Pepper Mill', WOODS, 38, 'with a grinder that you can set'),
    kind('Teapot', CLAYS, 54, 'for four cups and a long talk'),
  ],
  Tableware: [
    kind('Mug', CLAYS, 18, 'that fits the hand and holds the heat'),
    kind('Dinner Plate', CLAYS, 22, 'with a rim that keeps the sauce in'),
    kind('Serving Bowl', CLAYS, 48, 'for the middle of the table'),
    kind('Pitcher', CLAYS, 44, 'for water, flowers, or both in turn'),
    kind('Vase', CLAYS, 52, 'for one branch or a whole bunch'),
    kind('Salt Cellar', WOODS, 16, 'that stands open beside the stove'),
  ],
  Furniture: [
    kind('Armchair', WOODS, 480, 'to sink into and still get up from'),
    kind('Stool', WOODS, 110, 'to sit on, or to reach the top shelf'),
    kind('Side Table', WOODS, 150, 'for a lamp, a book and a glass'),
    kind('Bookshelf', WOODS, 320, 'deep enough for the large ones'),
    kind('Bench', WOODS, 260, 'for the hall, the table or the garden wall'),
    kind('Mirror', WOODS, 140, 'with a frame that no screw shows in'),
  ],
  Textiles: [
    kind('Cushion', CLOTHS, 36, 'with a cover that comes off to be washed'),
    kind('Throw Blanket', CLOTHS, 84, 'for the sofa and for cool evenings'),
    kind('Rug', CLOTHS, 210, 'woven flat, so that doors pass over it'),
    kind('Bath Towel', CLOTHS, 28, 'that dries fast and stays soft'),
    kind('Table Runner', CLOTHS, 32, 'for a table that should look set'),
    kind('Curtain', CLOTHS, 98, 'that lets the morning in gently'),
  ],
  Garden: [
    kind('Planter', CLAYS, 42, 'with a hole that lets the rain out'),
    kind('Watering Can', METALS, 48, 'balanced, full or empty'),
    kind('Bird House', WOODS, 38, 'with a door for cleaning in the fall'),
    kind('Hand Trowel', METALS, 22, 'that does not bend in clay'),
    kind('Flower Box', WOODS, 56, 'for a railing or a sill'),
    kind('Garden Chair', WOODS, 130, 'that folds flat for the winter'),
  ],
  Desk: [
    kind('Notebook', HIDES, 20, 'that lies flat where you open it'),
    kind('Pen Tray', WOODS, 26, 'for what else would roll away'),
    kind('Desk Organizer', WOODS, 54, 'with a place for letters and one for keys'),
    kind('Letter Opener', METALS, 24, 'that also cuts string'),
    kind('Desk Mat', HIDES, 48, 'to write on and to rest the wrists on'),
    kind('Wall Clock', METALS, 78, 'that does not tick'),
  ],
  Bags: [
    kind('Backpack', HIDES, 148, 'with room for a laptop and lunch'),
    kind('Tote Bag', HIDES, 62, 'that stands up by itself'),
    kind('Satchel', HIDES, 168, 'for papers that should stay flat'),
    kind('Wallet', HIDES, 44, 'that holds eight cards and no more'),
    kind('Travel Bag', HIDES, 220, 'for two nights away'),
    kind('Key Pouch', HIDES, 18, 'that saves the lining of the pocket'),
    kind('Basket', HIDES, 58, 'for firewood, yarn or the market'),
  ],
};

export const COLLECTIONS = [
  'Harbor Willow Meadow Fjord Aspen Juniper Linden Heather Ridge Tide Orchard Prairie',
  'Sparrow Lark Cedar Dune Alder Bramble Cove Glen Hollow Marsh Quarry Summit Thistle',
  'Vale Wren Birchwood Saltmarsh Northway',
].flatMap((line) => line.split(' '));

export const BRANDS = [
  'Aldergrove, Brook & Bell, Carver Lane, Dovetail, East Quay, Field & Kiln, Halden',
  'Inkwell, Kestrel Works, Lowtide, Maren, Oxbow, Pell & Rowe, Tallow',
].flatMap((line) => line.split(', '));

/** Names of the colors in `catalogue/picture/palette.ts`. */
export const COLORS = [
  'Moss',
  'Clay',
  'Ink',
  'Saffron',
  'Rose',
  'Slate',
  'Sand',
  'Sky',
  'Plum',
  'Fern',
];

export const MATERIALS: Readonly<Record<string, { readonly feel: string; readonly care: string }>> =
  {
    Oak: { feel: 'solid to the core', care: 'Oil it once a year.' },
    Walnut: { feel: 'dark and quiet', care: 'Oil it once a year and keep it out of the sun.' },
    Ash: { feel: 'light and tough', care: 'Wipe it with a damp cloth.' },
    Birch: { feel: 'pale and fine in the grain', care: 'Wipe it with a damp cloth.' },
    Brass: { feel: 'warm to look at', care: 'It darkens with time; polish it if you mind.' },
    Steel: { feel: 'brushed by hand', care: 'Wipe it dry after use.' },
    Copper: { feel: 'spun from one sheet', care: 'It darkens with time; polish it if you mind.' },
    Iron: { feel: 'cast to last', care: 'Keep it dry, and oil it now and then.' },
    Stoneware: { feel: 'glazed by hand', care: 'Safe in the dishwasher.' },
    Porcelain: { feel: 'thin and strong', care: 'Safe in the dishwasher.' },
    Terracotta: { feel: 'fired slowly', care: 'Bring it inside before the frost.' },
    Glass: { feel: 'blown by mouth', care: 'Wash it by hand.' },
    Linen: { feel: 'soft from the first day', care: 'Wash warm, hang to dry.' },
    Wool: { feel: 'dense and springy', care: 'Air it out; wash it rarely and cold.' },
    Cotton: { feel: 'woven tight', care: 'Wash warm, hang to dry.' },
    Hemp: { feel: 'rough at first and better each year', care: 'Wash warm, hang to dry.' },
    Leather: { feel: 'tanned with bark', care: 'Grease it twice a year.' },
    Canvas: { feel: 'waxed against the rain', care: 'Brush it off; do not wash it.' },
    Felt: { feel: 'thick and sturdy', care: 'Brush it off, wash it cold.' },
    Cork: { feel: 'light as it looks', care: 'Wipe it with a damp cloth.' },
  };
