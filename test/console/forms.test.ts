/** What a form of the console has, says beside its fields, and takes. */
import { create, type DescField, getOption } from "@bufbuild/protobuf";
import { field as fieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CatalogService } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { ProductSchema } from "../../gen/bodega/catalog/v1/product_pb.ts";
import { categories, products } from "../../src/console/app/resources/catalog.ts";
import { draftOf, fieldsOf, rebased, requestOf } from "../../src/console/app/forms/draft.ts";
import { serviceKeys, users } from "../../src/console/app/resources/identity.ts";
import { stores } from "../../src/console/app/resources/inventory.ts";
import { webhooks } from "../../src/console/app/resources/notification.ts";
import { patternWords } from "../../src/console/app/forms/pattern-words.ts";
import { promotions } from "../../src/console/app/resources/promotion.ts";
import type { Resource, Row } from "../../src/console/app/resources/resource.ts";
import { givenNames, maskPaths, ruleOf } from "../../src/console/app/forms/rules.ts";
import { brokenRules } from "../../src/console/app/forms/validation.ts";

const ID = "01943fe4-15e0-7000-9136-120f56ee2db3";

test("a form has the fields that an update may change, and a new one what only its create asks for", () => {
  const names = (fields: { name: string }[]) => fields.map(({ name }) => name);
  assert.equal(
    names(fieldsOf(categories, false)).toSorted(),
    maskPaths(CatalogService.method.updateCategory.input).toSorted(),
  );
  assert.not(names(fieldsOf(users, false)).includes("password"));
  assert.ok(names(fieldsOf(users, true)).includes("password"));
  assert.equal(names(fieldsOf(serviceKeys, true)), ["name", "calls_per_second"]);
});

test("beside a field stands what the proto says of it", () => {
  const given = givenNames(products.create);
  assert.equal([...given].toSorted(), ["category_id", "price", "sku", "title"]);
  const words = (name: string) =>
    ProductSchema.fields.filter((field) => field.name === name).map((field) => ruleOf(field, given))[0];
  assert.is(words("title")?.words, "Required. At most 200 characters");
  assert.is(words("price")?.words, "Required. An amount from 0 to 1,000,000,000");
  const off = promotions.schema.fields.find(({ name }) => name === "fixed_amount");
  assert.is(off && ruleOf(off, given).words, "An amount above 0, at most 1,000,000,000");
  assert.equal(
    [words("title")?.required, words("description")?.maxLength, words("description")?.required],
    [true, 5_000, false],
  );
});

test("what breaks a rule is told by the field's name, in words, by the rules that the server runs", async () => {
  const broken = async (values: Record<string, string>) => {
    assert.ok(products.create);
    const fields = fieldsOf(products, true);
    const empty = draftOf(products, products.blank(), fields);
    return brokenRules(
      products.create,
      requestOf(products, {
        draft: { ...empty, values: { ...empty.values, ...values } },
        fields,
        isNew: true,
        currency: "USD",
      }),
    );
  };
  assert.equal(await broken({ title: "Mug", sku: "MUG-1", price: "3", category_id: ID }), {});
  assert.equal(await broken({ title: "Mug", price: "-1", category_id: ID }), {
    sku: "sku must be given",
    price: "must be an amount from 0 to 1,000,000,000",
  });
});

test("blanks around a name are gone before its rules are asked, and blanks alone are no name", async () => {
  const broken = async <T extends Row>(resource: Resource<T>, values: Record<string, string>) => {
    assert.ok(resource.create);
    const fields = fieldsOf(resource, true);
    const empty = draftOf(resource, resource.blank(), fields);
    const draft = { ...empty, values: { ...empty.values, ...values } };
    const wish = requestOf(resource, { draft, fields, isNew: true, currency: "USD" });
    return [wish.row, await brokenRules(resource.create, wish)] as const;
  };
  const names = { title: `\u2003${"m".repeat(200)} `, sku: "MUG-1\u200B", price: "3", category_id: ID };
  const [product, wrong] = await broken(products, { ...names, description: " Holds coffee " });
  assert.equal(
    [product.title, product.sku, product.description, wrong],
    ["m".repeat(200), "MUG-1", " Holds coffee ", {}],
  );
  assert.equal((await broken(products, { ...names, title: " \u00A0\u200B" }))[1], { title: "title must be given" });

  const account = { email: "ada@example.com ", username: "\tada", password: " correct horse battery " };
  const [user, ofUser] = await broken(users, account);
  assert.equal([user.email, user.username, ofUser], ["ada@example.com", "ada", {}]);
});

test("a name's input takes more than its rule, or blanks that are pasted before it would cost its end", () => {
  const title = ProductSchema.fields.find(({ name }) => name === "title");
  assert.ok(title);
  assert.is(ruleOf(title, new Set()).maxLength, undefined);
});

test("every pattern of a form's field is told in words, beside the field and when it is broken", async () => {
  const forms = [true, false]
    .flatMap((isNew) => [
      fieldsOf(categories, isNew),
      fieldsOf(products, isNew),
      fieldsOf(stores, isNew),
      fieldsOf(users, isNew),
      fieldsOf(promotions, isNew),
      fieldsOf(webhooks, isNew),
      fieldsOf(serviceKeys, isNew),
    ])
    .flat();
  const patterns = new Set(forms.flatMap((field) => patternOf(field)));
  assert.ok(patterns.size > 3);
  assert.equal(
    [...patterns].filter((pattern) => patternWords(pattern) === undefined),
    [],
  );
  const code = promotions.schema.fields.find(({ name }) => name === "code");
  assert.match(
    code === undefined ? "" : ruleOf(code, new Set()).words,
    /^At most 64 letters without accents, digits, hyphens and underscores$/,
  );
  const fields = fieldsOf(promotions, true);
  const blank = draftOf(promotions, promotions.blank(), fields);
  const wish = requestOf(promotions, {
    draft: { ...blank, values: { ...blank.values, code: "SUMMER SALE", percent: "10" } },
    fields,
    isNew: true,
    currency: "USD",
  });
  if (promotions.create === undefined) throw new TypeError("promotions cannot be made");
  assert.match(
    (await brokenRules(promotions.create, wish))["code"] ?? "",
    /^must be at most 64 letters without accents/,
  );
});

test("an amount and a percentage of one promotion are not both kept, and neither vanishes", () => {
  const fields = fieldsOf(promotions, true);
  const blank = draftOf(promotions, promotions.blank(), fields);
  const both = { ...blank, values: { ...blank.values, code: "BOTH", fixed_amount: "5", percent: "10" } };
  assert.throws(
    () => requestOf(promotions, { draft: both, fields, isNew: true, currency: "USD" }),
    /stands beside fixed amount/,
  );
});

test("what was read anew is the new base of a draft only where nothing of the form was changed by others", () => {
  const fields = fieldsOf(products, false);
  const draft = draftOf(products, create(ProductSchema, { id: ID, title: "Mug", etag: "1" }), fields);
  const typed = { ...draft, values: { ...draft.values, title: "Big mug" } };
  const uploaded = rebased(
    typed,
    draftOf(products, create(ProductSchema, { id: ID, title: "Mug", etag: "2", imageUri: "/media/new.png" }), fields),
  );
  assert.equal([uploaded.base.etag, uploaded.values["title"]], ["2", "Big mug"]);
  const overtaken = rebased(
    typed,
    draftOf(products, create(ProductSchema, { id: ID, title: "Cup", etag: "2" }), fields),
  );
  assert.equal([overtaken.base.etag, overtaken.values["title"]], ["1", "Big mug"]);
});

/** The patterns of a field's own rules. */
function patternOf(field: DescField): string[] {
  const { type } = getOption(field, fieldRules);
  return type.case === "string" && type.value.wellKnown.case === undefined ? [type.value.pattern] : [];
}

test.run();
