/** Images in S3-compatible storage: the whole way, by Amazon's client, against an endpoint that speaks the protocol. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readConfig } from "../../src/platform/config/config.ts";
import { StartupError } from "../../src/platform/errors/startup-error.ts";
import { startTestApi } from "../support/api.ts";
import { refusalOf } from "../support/refusal.ts";
import { shopWith } from "../support/shop.ts";
import { wholeImages } from "./sample-images.ts";
import { startTinyS3 } from "./tiny-s3.ts";

process.env["AWS_ACCESS_KEY_ID"] = "test-key-id";
process.env["AWS_SECRET_ACCESS_KEY"] = "test-secret";
const s3 = await startTinyS3();
const api = await startTestApi({
  MEDIA_URL: `s3://shop/images/2026?endpoint=${encodeURIComponent(s3.endpoint)}&region=eu-north-1`,
});
const admin = await api.signUp("ADMIN");
const { catalog } = api.clients({ token: admin.token });
const { products } = await shopWith(api, { mug: 1 });
const id = products.mug;
const { png, jpeg } = await wholeImages();

test.before.each(() => {
  s3.failWith = undefined;
});

test.after(async () => {
  await api.stop();
  await s3.stop();
});

test("an upload puts the image and its thumbnail into the bucket, under the prefix, and signs", async () => {
  const { imageUri, thumbnailUri } = await catalog.uploadProductImage({ id, content: png });
  const object = s3.objects.get(imageUri.replace("/media/", "shop/images/2026/"));
  assert.ok(object?.bytes.equals(png));
  assert.equal([object?.type, object?.cacheControl], ["image/png", "public, max-age=31536000, immutable"]);
  assert.is(s3.objects.get(thumbnailUri.replace("/media/", "shop/images/2026/"))?.type, "image/webp");
  assert.ok(
    s3.authorizations.every((one) => /^AWS4-HMAC-SHA256 Credential=test-key-id\/\d{8}\/eu-north-1\/s3\//.test(one)),
  );
});

test("it is served from there as from a folder", async () => {
  const { imageUri } = await catalog.uploadProductImage({ id, content: jpeg });
  const answer = await fetch(api.baseUrl + imageUri);
  assert.equal([answer.status, answer.headers.get("content-type")], [200, "image/jpeg"]);
  assert.ok(Buffer.from(await answer.arrayBuffer()).equals(jpeg));
  const head = await fetch(api.baseUrl + imageUri, { method: "HEAD" });
  assert.equal([head.status, head.headers.get("content-length")], [200, String(jpeg.length)]);
  assert.is((await get(`/media/${"0".repeat(64)}.png`)).status, 404);
});

test("while the storage is away an upload is UNAVAILABLE, an image 503, and the product keeps what it had", async () => {
  const { imageUri } = await catalog.uploadProductImage({ id, content: png });
  s3.failWith = 500;
  const refusal = await refusalOf(catalog.uploadProductImage({ id, content: jpeg }));
  assert.equal([refusal.code, refusal.reason], ["Unavailable", "UNAVAILABLE"]);
  const answer = await get(imageUri);
  assert.equal([answer.status, answer.headers.get("cache-control")], [503, "no-store"]);
  s3.failWith = undefined;
  assert.is((await catalog.getProduct({ id })).product?.imageUri, imageUri);
  assert.is((await get(imageUri)).status, 200);
});

test("a MEDIA_URL that cannot be meant is refused at the start, without repeating it", () => {
  const wrong = [
    "https://shop",
    "s3://",
    "s3://key:secret@shop",
    "s3://shop?endpoint=nowhere",
    "s3://shop?acl=public",
    "images",
  ];
  for (const url of wrong) {
    try {
      readConfig({ MEDIA_URL: url });
      assert.unreachable(url);
    } catch (error) {
      assert.instance(error, StartupError);
      assert.match(String(error), /MEDIA_URL/);
      assert.not.match(String(error), /secret@/);
    }
  }
  assert.equal(readConfig({ MEDIA_URL: "s3://shop" }).mediaBucket, {
    bucket: "shop",
    prefix: "",
    endpoint: undefined,
    region: "us-east-1",
  });
});

/** Reads to the end, so that the connection is free again. */
async function get(pathname: string): Promise<Response> {
  const answer = await fetch(api.baseUrl + pathname);
  await answer.arrayBuffer();
  return answer;
}

test.run();
