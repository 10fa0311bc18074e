/**
 * The proto files and what is made from them: well-formed, compatible with what was, and not stale.
 *
 * Each check by `buf` has a sibling that breaks a copy and must be refused, so that a check which looks at nothing
 * (a wrong folder, an empty module) cannot pass for a good one.
 */
import { clone, createFileRegistry, createRegistry, fromBinary, toJsonString } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { file_buf_validate_validate } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { buf, type Ended, git, repository } from "../support/buf.ts";

const VALIDATE = "buf/validate/validate.proto";

test("the proto files keep Buf's rules of style, and every element has a comment", async () => {
  passes(await buf(["lint"]));
});

test("an element without a comment is refused", async () => {
  await withCopy(async (copy) => {
    await edit(join(copy, "proto/bodega/cart/v1/cart.proto"), "  // How many.\n", "");
    fails(await buf(["lint"], copy), "should have a non-empty comment");
  });
});

test("the proto files are formatted", async () => {
  passes(await buf(["format", "--diff", "--exit-code", "proto"]));
});

test("a file that is not formatted is refused", async () => {
  await withCopy(async (copy) => {
    await edit(join(copy, "proto/bodega/cart/v1/cart.proto"), "  int32 quantity", "     int32 quantity");
    fails(await buf(["format", "--diff", "--exit-code", "proto"], copy), "int32 quantity");
  });
});

test("nothing that was promised is taken back", async () => {
  for (const past of await pasts()) passes(await buf(["breaking", "--against", past]), past);
});

test("a field that is renumbered is taken for a promise taken back", async () => {
  await withCopy(async (copy) => {
    await edit(join(copy, "proto/bodega/cart/v1/cart.proto"), "int32 quantity = 5", "int32 quantity = 55");
    fails(await buf(["breaking", "--against", repository], copy), 'field "5"');
  });
});

test("gen/ is what the proto files make", async () => {
  await withFolder(async (folder) => {
    passes(await buf(["generate", "--output", folder]));
    const made = await contents(join(folder, "gen"));
    const kept = await contents(join(repository, "gen"));
    assert.ok(made.size > 30, `only ${made.size} files were made`);
    assert.equal([...kept.keys()].sort(), [...made.keys()].sort(), "run `npx buf generate`");
    const stale = [...made].filter(([name, text]) => kept.get(name) !== text).map(([name]) => name);
    assert.equal(stale, [], "run `npx buf generate`");
  });
});

test("the rules' own proto compiles to what the validator reads", async () => {
  await withFolder(async (folder) => {
    const image = join(folder, "image.binpb");
    passes(await buf(["build", "third_party/proto", "--as-file-descriptor-set", "--output", image]));
    const files = createFileRegistry(fromBinary(FileDescriptorSetSchema, await readFile(image)));
    const built = files.getFile(VALIDATE);
    assert.ok(built);
    // Compared as a whole: the difference of two descriptors of this size would be thousands of lines.
    assert.ok(descriptorOf(built.proto) === descriptorOf(file_buf_validate_validate.proto), "it differs");
  });
});

test("what is vendored lies beside its licence", async () => {
  const vendored = join(repository, "third_party/proto");
  for (const owner of await readdir(vendored)) {
    assert.match(await readFile(join(vendored, owner, "LICENSE"), "utf8"), "Apache License");
  }
});

/**
 * The states of the repository that today's proto files must not break.
 *
 * That is the branch `main`, or HEAD in a clone without it (detached, as CI makes them). On `main` itself, with all
 * committed, that compares a commit with itself; so where HEAD is that very commit its parent counts too, unless the
 * clone is too shallow to have it. A commit from before there was a proto/ has promised nothing, and is left out.
 */
async function pasts(): Promise<string[]> {
  const folder = (await git(["rev-parse", "--path-format=absolute", "--git-common-dir"])).output.trim();
  const main = await commitOf("refs/heads/main");
  const head = await commitOf("HEAD");
  const commits = [main ?? head, main === undefined || main === head ? await commitOf("HEAD~1") : undefined];
  const past: string[] = [];
  for (const commit of commits) {
    if (commit === undefined || !(await git(["cat-file", "-e", `${commit}:proto`])).passed) continue;
    past.push(`${folder}#ref=${commit}`);
  }
  return past;
}

async function commitOf(revision: string): Promise<string | undefined> {
  const { passed, output } = await git(["rev-parse", "--verify", "--quiet", `${revision}^{commit}`]);
  return passed ? output.trim() : undefined;
}

function passes({ passed, output }: Ended, what = ""): void {
  assert.ok(passed, `${what}\n${output}`);
}

function fails({ passed, output }: Ended, because: string): void {
  assert.not(passed, "it was not refused");
  assert.match(output, because);
}

/** Without the places in the source, which only the one that was compiled from it has. */
function descriptorOf(proto: FileDescriptorProto): string {
  const compared = clone(FileDescriptorProtoSchema, proto);
  delete compared.sourceCodeInfo;
  return toJsonString(FileDescriptorProtoSchema, compared, { registry: createRegistry(file_buf_validate_validate) });
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "bodega-proto-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A copy of everything that buf reads. */
async function withCopy(use: (copy: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    for (const name of ["buf.yaml", "proto", "third_party"]) {
      await cp(join(repository, name), join(folder, name), { recursive: true });
    }
    await use(folder);
  });
}

async function edit(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, "utf8");
  assert.ok(text.includes(from), `${file} has no ${from}`);
  await writeFile(file, text.replace(from, to));
}

/** The text of every file below a folder, by its path in it. */
async function contents(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  return new Map(files.map((file, at) => [file.slice(folder.length + 1), texts[at] ?? ""]));
}

test.run();
