/**
 * The plugin of `buf generate` that writes gen/openapi.json, the API as OpenAPI 3.1: every RPC by POST, those that only
 * read by GET too, with the comments, field rules and access of the proto files.
 *
 * Generated and not made when the server starts, because only the compiler sees the comments.
 */
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { createEcmaScriptPlugin, type GeneratedFile, getComments, runNodeJs, type Schema } from "@bufbuild/protoplugin";
import { Access, AccessSchema } from "../../../gen/bodega/access/v1/access_pb.ts";
import { accessOf } from "../../platform/auth/access.ts";
import { pathOf } from "../../rpc/call.ts";
import { isRead } from "../../rpc/http/protocols/unary.ts";
import { ERROR_SCHEMAS } from "./errors.ts";
import { exampleOf } from "./examples.ts";
import { OF_ANY_CALL, reasonsOf } from "./refusals.ts";
import { descriptionOf, refTo, schemasOf } from "./schemas.ts";
import { type JsonSchema } from "./json-schema.ts";

const plugin = createEcmaScriptPlugin({
  name: "protoc-gen-openapi",
  version: "v1",
  generateTs(schema) {
    // buf brings the proto files of others as an input of their own.
    if (servicesOf(schema).length > 0) write(schema.generateFile("openapi.json"), documentOf(servicesOf(schema)));
  },
});

runNodeJs(plugin);

function write(file: GeneratedFile, document: object): void {
  for (const line of JSON.stringify(document, undefined, 2).split("\n")) file.print(line);
}

function servicesOf({ files }: Schema): DescService[] {
  return files.flatMap((file) => file.services).filter(({ typeName }) => typeName.startsWith("bodega."));
}

function documentOf(services: DescService[]): object {
  const methods = services.flatMap((service) => service.methods);
  return {
    openapi: "3.1.0",
    info: {
      title: "Bodega",
      version: "1",
      description:
        "The commerce core of a business with many stores, by Connect: an RPC is a POST of JSON to its path, and one that only reads is a GET as well. " +
        "gRPC and gRPC-Web serve the same RPCs. Sign in with Login, then send the access token as `authorization: Bearer …`.\n\n" +
        `Any call may be refused for ${OF_ANY_CALL.map((reason) => `[${reason}](/docs/errors/${reason})`).join(", ")}; each RPC names others.`,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: services.map((service) => ({ name: service.name, description: descriptionOf(service) })),
    paths: Object.fromEntries(methods.map((method) => [pathOf(method), pathItem(method, method.parent)])),
    components: {
      securitySchemes: {
        accessToken: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "The accessToken that Login answers, or a service key.",
        },
      },
      schemas: { ...schemasOf(methods.flatMap(({ input, output }) => [input, output])), ...ERROR_SCHEMAS },
    },
  };
}

function pathItem(method: DescMethod, service: DescService): object {
  const common = {
    tags: [service.name],
    summary: summaryOf(method),
    description: `${descriptionOf(method)}\n\nAccess: ${accessNames(method).join(", ")}.`,
    security: accessOf(method).includes(Access.PUBLIC) ? [{}, { accessToken: [] }] : [{ accessToken: [] }],
  };
  const body = content(method, method.input, exampleOf(method.input));
  const responses = {
    200: { description: "The answer.", content: content(method, method.output) },
    default: { description: refusalsOf(method), content: { "application/json": { schema: refTo("Error") } } },
  };
  const post = {
    ...common,
    operationId: `${service.name}_${method.name}`,
    requestBody: { required: true, content: body },
    responses,
  };
  if (!isRead(method) || method.methodKind !== "unary") return { post };
  const parameters = [
    { name: "encoding", in: "query", required: true, schema: { const: "json" } },
    // Not `content`, which says more and which three generators of clients read as an object to be spread over the query.
    {
      name: "message",
      in: "query",
      required: true,
      description: "The request as JSON text.",
      schema: { type: "string", contentMediaType: "application/json" },
      example: JSON.stringify(exampleOf(method.input)),
    },
  ];
  return { get: { ...common, operationId: `${service.name}_${method.name}_get`, parameters, responses }, post };
}

/** Swagger UI makes links of it, as other readers of Markdown do. */
function refusalsOf(method: DescMethod): string {
  const links = reasonsOf(method).map((reason) => `[${reason}](/docs/errors/${reason})`);
  return links.length === 0 ? "A refusal." : `A refusal, among others ${links.join(", ")}.`;
}

/** A stream's messages are each framed by five bytes, which a browser's "try it" does not do. */
function content(method: DescMethod, message: DescMethod["input"], example?: unknown): Record<string, JsonSchema> {
  const type = method.methodKind === "unary" ? "application/json" : "application/connect+json";
  return { [type]: { schema: refTo(message.typeName), ...(example === undefined ? {} : { example }) } };
}

function summaryOf(method: DescMethod): string {
  return (
    getComments(method)
      .leading?.trim()
      .split(/\.\s|\.$/)[0]
      ?.replaceAll(/\s+/g, " ") ?? method.name
  );
}

function accessNames(method: DescMethod): string[] {
  return accessOf(method).flatMap((one) => AccessSchema.value[one]?.localName ?? []);
}
