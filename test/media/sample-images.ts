/** Images for tests: whole ones by the library, and spoiled ones by hand. */
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";

/** Noise, so that an image is large enough to be cut in its middle. */
export function image({ width = 640, height = 480 } = {}) {
  const noise = { type: "gaussian", mean: 128, sigma: 40 } as const;
  return sharp({ create: { width, height, channels: 3, background: "white", noise } });
}

export async function wholeImages(): Promise<Record<"png" | "jpeg" | "webp", Buffer>> {
  const [png, jpeg, webp] = await Promise.all([
    image().png().toBuffer(),
    image().jpeg({ progressive: true }).toBuffer(),
    image().webp().toBuffer(),
  ]);
  return { png, jpeg, webp };
}

/** A whole, valid PNG of one bit a pixel, all black: 20,000 × 20,000 of them are 50 MB of zeros, and 50 KB packed. */
export function bomb({ side }: { side: number }): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const rows = Buffer.alloc(side * (1 + Math.ceil(side / 8)));
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const around = Buffer.alloc(8);
  around.writeUInt32BE(data.length, 0);
  around.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([around.subarray(0, 4), named, around.subarray(4)]);
}

export const SVG = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>',
);
