/**
 * Images from the upload to the address where they are served, and what is refused on the way.
 *
 * Over the real API; served bytes are read by plain HTTP, as a browser would.
 */
import { readdirSync } from "node:fs";
import { request as httpRequest } from "node:http";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import sharp from "sharp";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { refusalOf } from "../support/refusal.ts";
import { shopWith } from "../support/shop.ts";
import { startTestApi } from "../support/api.ts";
import { bomb, image, SVG, wholeImages } from "./sample-images.ts";

const api = await startTestApi();
const admin = await api.signUp("ADMIN");
const { catalog } = api.clients({ token: admin.token });
const shop = await shopWith(api, { mug: 1 });
const id = shop.products.mug;
const whole = await wholeImages();

test.after(() => api.stop());

test("a PNG, a JPEG and a WebP are served as they were uploaded, under the type that their content has", async () => {
  for (const [format, content] of Object.entries(whole)) {
    const { imageUri } = await catalog.uploadProductImage({ id, content });
    assert.match(imageUri, /^\/media\/[0-9a-f]{64}\.(png|jpg|webp)$/);
    const answer = await fetch(api.baseUrl + imageUri);
    assert.is(answer.status, 200);
    assert.is(answer.headers.get("content-type"), `image/${format}`);
    assert.is(answer.headers.get("content-length"), String(content.length));
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(content));
  }
});

test("by gRPC it is the same", async () => {
  const { catalog } = api.clients({ token: admin.token, transport: api.grpc });
  const { imageUri } = await catalog.uploadProductImage({ id, content: whole.png });
  assert.is((await catalog.getProduct({ id })).product?.imageUri, imageUri);
});

test("the product and the category show the image and its thumbnail, and get a new etag", async () => {
  const { product: before } = await catalog.getProduct({ id });
  const content = await image({ width: 50, height: 50 }).png().toBuffer();
  const { imageUri, thumbnailUri } = await catalog.uploadProductImage({ id, content });
  const { product: after } = await catalog.getProduct({ id });
  assert.equal([after?.imageUri, after?.thumbnailUri], [imageUri, thumbnailUri]);
  assert.is.not(after?.etag, before?.etag);

  const categoryId = after?.categoryId ?? "";
  await catalog.uploadCategoryImage({ id: categoryId, content });
  const { category } = await catalog.getCategory({ id: categoryId });
  assert.equal([category?.imageUri, category?.thumbnailUri], [imageUri, thumbnailUri]);
});

test("the same image again changes nothing", async () => {
  await catalog.uploadProductImage({ id, content: whole.webp });
  const { product: before } = await catalog.getProduct({ id });
  await catalog.uploadProductImage({ id, content: whole.webp });
  assert.equal((await catalog.getProduct({ id })).product, before);
});

test("the thumbnail is a WebP of at most 320 pixels, upright, that says nothing of the camera", async () => {
  const turned = await image({ width: 1_200, height: 600 })
    .withExif({ IFD0: { Artist: "Ada" } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  const { thumbnailUri } = await catalog.uploadProductImage({ id, content: turned });
  const bytes = Buffer.from(await (await fetch(api.baseUrl + thumbnailUri)).arrayBuffer());
  const { format, width, height, exif } = await sharp(bytes).metadata();
  assert.equal({ format, width, height, exif }, { format: "webp", width: 160, height: 320, exif: undefined });
});

const spoiled: [name: string, content: () => Buffer, reason: string, text: RegExp][] = [
  ["an SVG", () => SVG, "IMAGE_UNREADABLE", /no PNG, JPEG or WebP/],
  [
    "a page that claims to be an image",
    () => Buffer.from("<!doctype html><img src=x.png>"),
    "IMAGE_UNREADABLE",
    /no PNG/,
  ],
  ["a cut PNG", () => whole.png.subarray(0, whole.png.length / 2), "IMAGE_UNREADABLE", /cut/],
  ["a cut JPEG", () => whole.jpeg.subarray(0, whole.jpeg.length / 2), "IMAGE_UNREADABLE", /cut/],
  ["a cut WebP", () => whole.webp.subarray(0, whole.webp.length / 2), "IMAGE_UNREADABLE", /cut/],
  [
    "a JPEG cut in its middle, with an end put on",
    () => Buffer.concat([whole.jpeg.subarray(0, 2_000), whole.jpeg.subarray(-2)]),
    "IMAGE_UNREADABLE",
    /damaged/,
  ],
  ["a PNG with a wrong byte", () => damaged(whole.png), "IMAGE_UNREADABLE", /damaged/],
  [
    "a WebP of zeros",
    () => Buffer.concat([whole.webp.subarray(0, 20), Buffer.alloc(whole.webp.length - 20)]),
    "IMAGE_UNREADABLE",
    /damaged/,
  ],
  [
    "a PNG that is a page too",
    () => Buffer.concat([whole.png, Buffer.from("<script>alert(1)</script>")]),
    "IMAGE_UNREADABLE",
    /25 bytes follow/,
  ],
  [
    "a JPEG that is an archive too",
    () => Buffer.concat([whole.jpeg, Buffer.from("PK\u0003\u0004")]),
    "IMAGE_UNREADABLE",
    /4 bytes follow/,
  ],
  ["a bomb of 20,000 × 20,000 pixels", () => bomb({ side: 20_000 }), "IMAGE_TOO_LARGE", /20000 × 20000/],
  ["an image just above the bound", () => bomb({ side: 5_001 }), "IMAGE_TOO_LARGE", /25000000/],
];

function damaged(content: Buffer): Buffer {
  const copy = Buffer.from(content);
  const middle = Math.floor(copy.length / 2);
  copy.fill(0x55, middle, middle + 64);
  return copy;
}

for (const [name, content, reason, text] of spoiled) {
  test(`${name} is refused with its reason, and the image stays`, async () => {
    const { product: before } = await catalog.getProduct({ id });
    const call = catalog.uploadProductImage({ id, content: content() });
    const refusal = await refusalOf(call);
    assert.equal([refusal.code, refusal.reason, refusal.fields], ["InvalidArgument", reason, ["content"]]);
    await call.catch((error: Error) => assert.match(error.message, text));
    assert.equal((await catalog.getProduct({ id })).product, before);
  });
}

test("a bomb costs neither time nor memory", async () => {
  const content = bomb({ side: 20_000 });
  const before = process.memoryUsage.rss();
  const usage = process.cpuUsage();
  await refusalOf(catalog.uploadProductImage({ id, content }));
  const { user, system } = process.cpuUsage(usage);
  assert.ok(user + system < 500_000, `it took ${user + system} µs`);
  assert.ok(process.memoryUsage.rss() - before < 64 * 1024 * 1024, "it took 64 MiB");
});

test("25 million pixels are decoded", async () => {
  const { thumbnailUri } = await catalog.uploadProductImage({ id, content: bomb({ side: 5_000 }) });
  assert.is((await fetch(api.baseUrl + thumbnailUri)).status, 200);
});

test("more than 5 MiB are refused, and 5 MiB are not", async () => {
  const large = await image({ width: 1_400, height: 1_300 }).png({ compressionLevel: 0 }).toBuffer();
  assert.equal((await refusalOf(catalog.uploadProductImage({ id, content: large }))).reason, "INVALID_FIELDS");
  const fitting = await image({ width: 1_300, height: 1_300 }).png({ compressionLevel: 0 }).toBuffer();
  assert.ok(fitting.length > 4.8 * 1024 * 1024 && fitting.length <= 5 * 1024 * 1024, `${fitting.length} bytes`);
  await catalog.uploadProductImage({ id, content: fitting });
});

test("a product or a category that is not there gets no image", async () => {
  const nobody = "0192f0c1-2345-7abc-8def-0123456789ab";
  assert.equal(
    (await refusalOf(catalog.uploadProductImage({ id: nobody, content: whole.png }))).reason,
    "PRODUCT_NOT_FOUND",
  );
  assert.equal(
    (await refusalOf(catalog.uploadCategoryImage({ id: nobody, content: whole.png }))).reason,
    "CATEGORY_NOT_FOUND",
  );
});

test("past the caller's deadline the product keeps the image that it had", async () => {
  await catalog.uploadProductImage({ id, content: whole.png });
  const { product: before } = await catalog.getProduct({ id });
  const slow = bomb({ side: 4_999 });
  const refusal = await refusalOf(catalog.uploadProductImage({ id, content: slow }, { timeoutMs: 30 }));
  assert.equal(refusal.code, "DeadlineExceeded");
  await setTimeout(1_000);
  assert.equal((await catalog.getProduct({ id })).product, before);
});

test("customers and strangers upload nothing", async () => {
  const customer = await api.signUp("CUSTOMER");
  const asCustomer = api.clients({ token: customer.token }).catalog.uploadProductImage({ id, content: whole.png });
  assert.equal((await refusalOf(asCustomer)).code, "PermissionDenied");
  assert.equal(
    (await refusalOf(api.clients().catalog.uploadProductImage({ id, content: whole.png }))).code,
    "Unauthenticated",
  );
});

test("an image is cached for ever, never sniffed, and told unchanged to who has it", async () => {
  const { imageUri } = await catalog.uploadProductImage({ id, content: whole.png });
  const first = await fetch(api.baseUrl + imageUri, { method: "HEAD" });
  assert.is(first.headers.get("cache-control"), "public, max-age=31536000, immutable");
  assert.is(first.headers.get("x-content-type-options"), "nosniff");
  assert.match(first.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  assert.is(first.headers.get("content-length"), String(whole.png.length));
  const etag = first.headers.get("etag") ?? "";
  for (const tags of [etag, `"other", W/${etag}`]) {
    const again = await fetch(api.baseUrl + imageUri, { headers: { "if-none-match": tags } });
    assert.equal([again.status, again.headers.get("etag"), await again.text()], [304, etag, ""]);
  }
  assert.is((await fetch(api.baseUrl + imageUri, { headers: { "if-none-match": '"other"' } })).status, 200);
});

test("nothing but an image's own name is ever opened", async () => {
  const { imageUri } = await catalog.uploadProductImage({ id, content: whole.png });
  const name = path.basename(imageUri);
  const paths = [
    "/media/",
    "/media/../bodega.log",
    "/media/..%2fbodega.log",
    "/media/%2e%2e/%2e%2e/etc/passwd",
    "/media//etc/passwd",
    `/media/${name}/..`,
    `/media/${name.toUpperCase()}`,
    `/media/${name}%00`,
    `/media/${name.slice(0, 2)}/${name}`,
    `/media/${"0".repeat(64)}.png`,
    `/media/${name}.tmp`,
    "/media/..\\..\\x.png",
  ];
  for (const one of paths) assert.is(await statusOf(one), 404, one);
  assert.is(await statusOf(imageUri, "POST"), 405);
  assert.is(await statusOf(`${imageUri}?v=2`), 200);
});

test("a reader who goes away in the middle leaves nothing open, and no unfinished files are left", async () => {
  const content = await image({ width: 1_300, height: 1_300 }).png({ compressionLevel: 0 }).toBuffer();
  const { imageUri } = await catalog.uploadProductImage({ id, content });
  for (let time = 0; time < 20; time++) {
    const leaving = new AbortController();
    const answer = await fetch(api.baseUrl + imageUri, { signal: leaving.signal });
    leaving.abort();
    await answer.arrayBuffer().catch(() => undefined);
  }
  const open = () => readdirSync("/proc/self/fd").length;
  const before = open();
  await fetch(api.baseUrl + imageUri).then((answer) => answer.arrayBuffer());
  assert.ok(open() <= before + 2, `${open()} files are open, ${before} before`);
  const files = readdirSync(path.join(api.config.dataDir, "media"), { recursive: true, encoding: "utf8" });
  assert.equal(
    files.filter(
      (file) => path.basename(file).length > 2 && !/^[0-9a-f]{64}(\.thumb)?\.(png|jpg|webp)$/.test(path.basename(file)),
    ),
    [],
  );
});

/** By node:http, which sends a path as it is; fetch would tidy it up first. */
function statusOf(pathname: string, method = "GET"): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = httpRequest(`${api.baseUrl}/`, { path: pathname, method }, (answer) => {
      answer.resume();
      answer.once("end", () => resolve(answer.statusCode));
    });
    call.once("error", reject);
    call.end();
  });
}

test.run();
