/**
 * Images for the seeded shop: one for each kind of product, drawn here, a few kilobytes each.
 *
 * Each category has a form (a bag, a loaf, a bottle), each kind its colour and the pattern of its label; so a shelf looks
 * like one, and products of a kind share their image, also when there are a million of them.
 */
import { storeImage } from "../../domains/media/store-image.ts";
import type { MediaStore } from "../../domains/media/image-store.ts";
import { type Colour, hsl, paint, type Shape } from "./paint.ts";
import { ranges } from "./categories.ts";

/** Plain colours gain nothing by more pixels, and each costs its share of the first start. */
const SIDE = 240;
const QUALITY = 80;
/** Between neighbours of a category, and between categories: far enough to be told apart, in degrees of hue. */
const KIND_HUE = 77;
const CATEGORY_HUE = 30;

export interface SeedImages {
  /** The URI of a kind's image, by the numbers of its category and of the kind in it. */
  ofKind(category: number, kind: number): string;
}

export const NO_IMAGES: SeedImages = { ofKind: () => "" };

export async function drawImages(store: MediaStore): Promise<SeedImages> {
  const uris: string[][] = [];
  for (const [category, { kinds }] of ranges.entries()) {
    const ofCategory: string[] = [];
    for (const kind of kinds.keys()) ofCategory.push(await storeImage(store, await imageOf(category, kind)));
    uris.push(ofCategory);
  }
  return { ofKind: (category, kind) => uris[category]?.[kind] ?? "" };
}

/** @returns a WebP */
export async function imageOf(category: number, kind: number): Promise<Buffer> {
  const { default: sharp } = await import("sharp");
  const hue = (category * CATEGORY_HUE + kind * KIND_HUE) % 360;
  const form = forms[category % forms.length] ?? box;
  const shapes = form({ main: hsl(hue, 0.5, 0.52), dark: hsl(hue, 0.45, 0.34), light: hsl(hue, 0.6, 0.88) }, kind);
  const pixels = paint(SIDE, hsl(hue, 0.35, 0.95), shapes);
  return sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .webp({ quality: QUALITY })
    .toBuffer();
}

interface Palette {
  main: Colour;
  dark: Colour;
  light: Colour;
}

type Form = (palette: Palette, kind: number) => Shape[];

const shadow: Shape = { x: 0.5, y: 0.86, width: 0.56, height: 0.06, colour: [214, 214, 210] };

/** A label's pattern: stripes, dots, a band, or a sun. */
function label({ light, dark }: Palette, kind: number, { y, width }: { y: number; width: number }): Shape[] {
  const field: Shape = { x: 0.5, y, width, height: 0.2, radius: 0.02, colour: light };
  const across = [-0.3, -0.1, 0.1, 0.3].map((share) => 0.5 + share * width);
  switch (kind % 4) {
    case 0:
      return [field, ...across.map((x) => ({ x, y, width: width * 0.08, height: 0.14, radius: 0.01, colour: dark }))];
    case 1:
      return [field, ...across.map((x) => ({ x, y, width: width * 0.13, height: width * 0.13, colour: dark }))];
    case 2:
      return [field, { x: 0.5, y, width: width * 0.8, height: 0.05, radius: 0.025, colour: dark }];
    default:
      return [
        field,
        { x: 0.5, y, width: 0.13, height: 0.13, colour: dark },
        { x: 0.5, y, width: 0.07, height: 0.07, colour: light },
      ];
  }
}

const bag: Form = (palette, kind) => [
  shadow,
  { x: 0.5, y: 0.52, width: 0.46, height: 0.64, radius: 0.05, colour: palette.main },
  { x: 0.5, y: 0.23, width: 0.46, height: 0.08, radius: 0.02, colour: palette.dark },
  ...label(palette, kind, { y: 0.56, width: 0.36 }),
];
const loaf: Form = (palette, kind) => [
  shadow,
  { x: 0.5, y: 0.58, width: 0.7, height: 0.5, radius: 0.2, colour: palette.dark },
  { x: 0.5, y: 0.56, width: 0.66, height: 0.46, radius: 0.2, colour: palette.main },
  ...[0.32, 0.5, 0.68]
    .slice(0, 1 + (kind % 3))
    .map((x) => ({ x, y: 0.5, width: 0.05, height: 0.26, colour: palette.light })),
];
const carton: Form = (palette, kind) => [
  shadow,
  { x: 0.5, y: 0.56, width: 0.42, height: 0.58, radius: 0.02, colour: palette.light },
  { x: 0.5, y: 0.26, width: 0.34, height: 0.12, radius: 0.03, colour: palette.dark },
  { x: 0.5, y: 0.74, width: 0.42, height: 0.22, radius: 0.02, colour: palette.main },
  ...label(palette, kind, { y: 0.48, width: 0.32 }),
];
const fruit: Form = (palette, kind) => [
  shadow,
  { x: 0.5, y: 0.56, width: 0.56, height: kind % 2 === 0 ? 0.56 : 0.48, colour: palette.main },
  { x: 0.4, y: 0.46, width: 0.12, height: 0.16, colour: palette.light },
  { x: 0.52, y: 0.24, width: 0.04, height: 0.14, radius: 0.02, colour: palette.dark },
  { x: 0.62, y: 0.22, width: 0.18, height: 0.08, colour: [92, 148, 84] },
];
const jar: Form = (palette, kind) => [
  shadow,
  { x: 0.5, y: 0.56, width: 0.5, height: 0.56, radius: 0.1, colour: palette.main },
  { x: 0.5, y: 0.24, width: 0.42, height: 0.12, radius: 0.03, colour: palette.dark },
  ...label(palette, kind, { y: 0.58, width: 0.4 }),
];
const pouch: Form = (palette, kind) => [
  shadow,
  { x: 0.5, y: 0.52, width: 0.56, height: 0.62, radius: 0.14, colour: palette.main },
  { x: 0.5, y: 0.25, width: 0.5, height: 0.05, radius: 0.01, colour: palette.light },
  { x: 0.5, y: 0.79, width: 0.5, height: 0.05, radius: 0.01, colour: palette.light },
  ...label(palette, kind, { y: 0.52, width: 0.36 }),
];
const bottle: Form = (palette, kind) => [
  shadow,
  { x: 0.5, y: 0.6, width: 0.32, height: 0.5, radius: 0.08, colour: palette.main },
  { x: 0.5, y: 0.32, width: 0.14, height: 0.22, radius: 0.04, colour: palette.main },
  { x: 0.5, y: 0.19, width: 0.16, height: 0.08, radius: 0.02, colour: palette.dark },
  ...label(palette, kind, { y: 0.62, width: 0.28 }),
];
const box: Form = (palette, kind) => [
  shadow,
  { x: 0.5, y: 0.54, width: 0.6, height: 0.6, radius: 0.03, colour: palette.main },
  { x: 0.5, y: 0.28, width: 0.6, height: 0.08, radius: 0.03, colour: palette.dark },
  ...label(palette, kind, { y: 0.58, width: 0.46 }),
];
const spray: Form = (palette, kind) => [
  shadow,
  { x: 0.5, y: 0.62, width: 0.36, height: 0.46, radius: 0.06, colour: palette.main },
  { x: 0.5, y: 0.34, width: 0.12, height: 0.14, radius: 0.02, colour: palette.dark },
  { x: 0.44, y: 0.24, width: 0.3, height: 0.1, radius: 0.03, colour: palette.dark },
  ...label(palette, kind, { y: 0.64, width: 0.28 }),
];
const tube: Form = (palette, kind) => [
  shadow,
  { x: 0.5, y: 0.48, width: 0.34, height: 0.58, radius: 0.06, colour: palette.light },
  { x: 0.5, y: 0.2, width: 0.4, height: 0.05, radius: 0.01, colour: palette.main },
  { x: 0.5, y: 0.8, width: 0.18, height: 0.1, radius: 0.02, colour: palette.dark },
  { x: 0.5, y: 0.46, width: 0.34, height: 0.24, radius: 0.01, colour: palette.main },
  ...label(palette, kind, { y: 0.46, width: 0.28 }),
];
const bowl: Form = (palette, kind) => [
  shadow,
  { x: 0.5, y: 0.62, width: 0.7, height: 0.4, radius: 0.18, colour: palette.main },
  { x: 0.5, y: 0.46, width: 0.7, height: 0.16, colour: palette.dark },
  ...[0.34, 0.45, 0.56, 0.67]
    .slice(0, 2 + (kind % 3))
    .map((x) => ({ x, y: 0.44, width: 0.12, height: 0.08, colour: palette.light })),
];
const pan: Form = (palette, kind) => [
  shadow,
  { x: 0.44, y: 0.58, width: 0.56, height: kind % 2 === 0 ? 0.3 : 0.42, radius: 0.08, colour: palette.main },
  { x: 0.44, y: 0.42, width: 0.56, height: 0.1, colour: palette.dark },
  { x: 0.8, y: 0.48, width: 0.24, height: 0.06, radius: 0.03, colour: palette.dark },
];

/** In the order of `ranges`. */
const forms: readonly Form[] = [bag, loaf, carton, fruit, jar, pouch, bottle, box, spray, tube, bowl, pan];
