/** What a file is, and where its image ends, by its bytes alone. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { extentOf } from "../../src/domains/media/image-format.ts";
import { bomb, image, SVG, wholeImages } from "./sample-images.ts";

const whole = await wholeImages();

test("a whole PNG, JPEG or WebP ends with its last byte", async () => {
  const plain = {
    ...whole,
    baseline: await image().jpeg().toBuffer(),
    lossless: await image().webp({ lossless: true }).toBuffer(),
  };
  for (const [name, bytes] of Object.entries(plain)) assert.is(extentOf(bytes)?.end, bytes.length, name);
  assert.equal(
    Object.values(whole).map((bytes) => extentOf(bytes)?.format),
    ["png", "jpeg", "webp"],
  );
});

test("what follows after an image is not a part of it", () => {
  for (const bytes of Object.values(whole)) {
    assert.is(extentOf(Buffer.concat([bytes, Buffer.from("<script>alert(1)</script>")]))?.end, bytes.length);
    assert.is(extentOf(Buffer.concat([bytes, bytes]))?.end, bytes.length);
  }
});

test("an image that is cut anywhere has no end", () => {
  for (const [name, bytes] of Object.entries(whole)) {
    for (let share = 0.05; share < 1; share += 0.05) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * share));
      assert.is(extentOf(cut)?.end, undefined, `${name} cut to ${cut.length} of ${bytes.length}`);
    }
    assert.is(extentOf(bytes.subarray(0, -1))?.end, undefined, `${name} without its last byte`);
  }
});

test("other formats, texts and nothing are none of the three", async () => {
  const others = [
    SVG,
    Buffer.from("GIF89a"),
    Buffer.from(""),
    Buffer.from("RIFF\0\0\0\0WAVE"),
    await image().tiff().toBuffer(),
  ];
  for (const bytes of others) assert.is(extentOf(bytes), undefined);
});

test("bytes of chance after a right beginning are read without an error, and without a loop", () => {
  for (const beginning of [bomb({ side: 8 }).subarray(0, 8), Buffer.from([0xff, 0xd8, 0xff]), Buffer.from("RIFF")]) {
    for (let round = 0; round < 2_000; round++) {
      const chance = Buffer.from(Array.from({ length: round % 97 }, () => Math.floor(Math.random() * 256)));
      const bytes = Buffer.concat([beginning, chance]);
      const end = extentOf(bytes)?.end;
      assert.ok(end === undefined || end <= bytes.length);
    }
  }
});

test.run();
