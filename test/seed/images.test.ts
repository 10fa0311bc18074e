/** The seeded shop's images: drawn the same each time, small, and one for each kind of product. */
import { rm } from "node:fs/promises";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { mediaFolder } from "../../src/domains/media/folder-store.ts";
import { MEDIA_PATH, thumbnailOf } from "../../src/domains/media/image-name.ts";
import { hsl, paint } from "../../src/development/seed/paint.ts";
import { drawImages, imageOf } from "../../src/development/seed/images.ts";
import { kindAt } from "../../src/development/seed/products.ts";
import { ranges } from "../../src/development/seed/categories.ts";

test("an image is the same each time it is drawn, a WebP of a few kilobytes, and another kind's differs", async () => {
  const [once, again, other] = [await imageOf(3, 1), await imageOf(3, 1), await imageOf(3, 2)];
  assert.ok(once.equals(again) && !once.equals(other));
  assert.ok(once.length < 8 * 1024, `${once.length} bytes`);
  const { format, width, height } = await sharp(once).metadata();
  assert.equal([format, width, height], ["webp", 240, 240]);
});

test("each kind has an image of its own, kept with its thumbnail, and each product has its kind's", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "seed-images-"));
  const store = mediaFolder(folder);
  const images = await drawImages(store);
  const uris = ranges.flatMap(({ kinds }, category) => [...kinds.keys()].map((kind) => images.ofKind(category, kind)));
  assert.is(new Set(uris).size, uris.length);
  for (const uri of uris) assert.ok(((await store.sizeOf(thumbnailOf(uri.slice(MEDIA_PATH.length)))) ?? 0) > 0, uri);
  for (const index of [0, 1, 13, 1_199]) {
    const { category, kind } = kindAt(index);
    assert.ok(uris.includes(images.ofKind(category, kind)));
  }
  await rm(folder, { recursive: true });
});

test("a shape covers its inside, leaves the outside, and the one on top is seen", () => {
  const [white, red, blue] = [
    [255, 255, 255],
    [255, 0, 0],
    [0, 0, 255],
  ] as const;
  const pixels = paint(10, white, [
    { x: 0.5, y: 0.5, width: 0.6, height: 0.6, radius: 0, colour: red },
    { x: 0.5, y: 0.5, width: 0.4, height: 0.4, colour: blue },
  ]);
  const at = (row: number, column: number) => [
    ...pixels.subarray((row * 10 + column) * 3, (row * 10 + column) * 3 + 3),
  ];
  assert.equal(
    [at(0, 0), at(2, 2), at(5, 5)],
    [white, red, blue].map((colour) => [...colour]),
  );
  assert.equal([hsl(0, 1, 0.5), hsl(120, 1, 0.5), hsl(240, 1, 0.5)], [red, [0, 255, 0], blue]);
});

test.run();
