/**
 * Paints rounded boxes and ellipses onto a square of pixels, one over the other, with soft edges. Pure.
 *
 * By the distance of each pixel to a shape's edge, and not by a drawing library: what is to be drawn are a few jars and
 * boxes, the same on every machine, where no fonts or decoders may be installed.
 */

/** Red, green and blue from 0 to 255. */
export type Colour = readonly [number, number, number];

/** Places and sizes are shares of the square's side, from the upper left corner; x and y are a shape's middle. */
export interface Shape {
  x: number;
  y: number;
  width: number;
  height: number;
  /** Of a box's corners; left out: an ellipse. */
  radius?: number;
  colour: Colour;
}

/** @returns three bytes a pixel, row by row */
export function paint(side: number, background: Colour, shapes: readonly Shape[]): Uint8Array {
  const pixels = new Uint8Array(side * side * 3);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const colour = colourAt(side, { x: (column + 0.5) / side, y: (row + 0.5) / side }, background, shapes);
      pixels.set(colour, (row * side + column) * 3);
    }
  }
  return pixels;
}

interface Point {
  x: number;
  y: number;
}

function colourAt(side: number, point: Point, background: Colour, shapes: readonly Shape[]): Colour {
  return shapes.reduce((below, shape) => {
    const cover = Math.min(1, Math.max(0, 0.5 - distance(point, shape) * side));
    return cover === 0 ? below : mixed(below, shape.colour, cover);
  }, background);
}

/** To the shape's edge, as a share of the side; negative inside. */
function distance({ x, y }: Point, shape: Shape): number {
  const [acrossX, acrossY] = [Math.abs(x - shape.x), Math.abs(y - shape.y)];
  const [halfWidth, halfHeight] = [shape.width / 2, shape.height / 2];
  if (shape.radius === undefined)
    return (Math.hypot(acrossX / halfWidth, acrossY / halfHeight) - 1) * Math.min(halfWidth, halfHeight);
  const [overX, overY] = [acrossX - halfWidth + shape.radius, acrossY - halfHeight + shape.radius];
  return Math.min(Math.max(overX, overY), 0) + Math.hypot(Math.max(overX, 0), Math.max(overY, 0)) - shape.radius;
}

function mixed(below: Colour, above: Colour, share: number): Colour {
  const channel = (index: 0 | 1 | 2) => Math.round(below[index] * (1 - share) + above[index] * share);
  return [channel(0), channel(1), channel(2)];
}

/** @param hue in degrees. @param saturation and lightness from 0 to 1 */
export function hsl(hue: number, saturation: number, lightness: number): Colour {
  const channel = (offset: number) => {
    const turn = (offset + hue / 30) % 12;
    const share = saturation * Math.min(lightness, 1 - lightness);
    return Math.round(255 * (lightness - share * Math.max(-1, Math.min(turn - 3, 9 - turn, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}
