/**
 * `grpc.reflection.v1` and `v1alpha` on both listeners, so that grpcurl and `buf curl` need no schema.
 *
 * Not by @grpc/reflection, which looks up what a caller sends in plain objects, where there is a file `constructor` too,
 * and counts nobody's questions.
 */
import {
  create,
  createRegistry,
  type DescFile,
  type DescService,
  fromBinary,
  type MessageInitShape,
  type Registry,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import * as v1 from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import * as v1alpha from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { Failure } from "../platform/errors/failure.ts";
import type { HttpRequest } from "./http/handler.ts";
import { toConnectError } from "./error-details.ts";
import { ASKED } from "./http/protocols/library-handlers.ts";

type Answer = MessageInitShape<typeof v1.ServerReflectionResponseSchema>;

interface Known {
  services: DescService[];
  /** By name, such as bodega/order/v1/order.proto. */
  files: Map<string, DescFile>;
  registry: Registry;
}

/** Answers one question; of both versions, which have the same messages byte by byte. */
export type Reflection = (question: v1.ServerReflectionRequest) => v1.ServerReflectionResponse;

export function reflectionOf(services: DescService[]): Reflection {
  const files = new Map(filesOf(services).map((file) => [`${file.name}.proto`, file]));
  const known = { services, files, registry: createRegistry(...files.values()) };
  return (question) =>
    create(v1.ServerReflectionResponseSchema, {
      validHost: question.host,
      originalRequest: question,
      ...answerTo(question.messageRequest, known),
    });
}

/** @param admits whether who sent the request may ask one more question; each counts as a call */
export function addReflectionToConnect(
  router: ConnectRouter,
  answer: Reflection,
  admits: (request: HttpRequest) => boolean,
): void {
  const admit = ({ values }: HandlerContext): void => {
    const asked = values.get(ASKED);
    asked?.whole();
    if (asked === undefined || !admits(asked.request)) throw toConnectError(askedTooOften());
  };
  router.service(v1.ServerReflection, {
    async *serverReflectionInfo(questions, context) {
      for await (const question of questions) {
        admit(context);
        yield answer(question);
      }
    },
  });
  router.service(v1alpha.ServerReflection, {
    async *serverReflectionInfo(questions, context) {
      for await (const question of questions) {
        admit(context);
        yield toV1Alpha(answer(toV1(question)));
      }
    },
  });
}

export function askedTooOften(): Failure {
  return new Failure("RATE_LIMITED", `Too often: the limit "calls" lets no more through now. Try again in a second.`, {
    metadata: { limit: "calls" },
    retryAfterMs: 1_000,
  });
}

function toV1(request: v1alpha.ServerReflectionRequest): v1.ServerReflectionRequest {
  return fromBinary(v1.ServerReflectionRequestSchema, toBinary(v1alpha.ServerReflectionRequestSchema, request));
}

function toV1Alpha(answer: v1.ServerReflectionResponse): v1alpha.ServerReflectionResponse {
  return fromBinary(v1alpha.ServerReflectionResponseSchema, toBinary(v1.ServerReflectionResponseSchema, answer));
}

function answerTo(
  question: v1.ServerReflectionRequest["messageRequest"],
  { services, files, registry }: Known,
): Answer {
  switch (question.case) {
    case "listServices":
      return {
        messageResponse: {
          case: "listServicesResponse",
          value: { service: services.map(({ typeName }) => ({ name: typeName })) },
        },
      };
    case "fileByFilename":
      return filesAnswer(files.get(question.value), question.value);
    case "fileContainingSymbol":
      return filesAnswer(fileOfSymbol(question.value, registry), question.value);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = question.value;
      return filesAnswer(
        extensionsOf(containingType, registry).find(({ number }) => number === extensionNumber)?.file,
        containingType,
      );
    }
    case "allExtensionNumbersOfType": {
      const extensionNumber = extensionsOf(question.value, registry).map(({ number }) => number);
      return {
        messageResponse: {
          case: "allExtensionNumbersResponse",
          value: { baseTypeName: question.value, extensionNumber },
        },
      };
    }
    case undefined:
      return refusal(Code.InvalidArgument, "The request asks nothing.");
    default:
      return question satisfies never;
  }
}

/** A file with everything that it imports, which spares the client a question for each. */
function filesAnswer(file: DescFile | undefined, asked: string): Answer {
  if (file === undefined) return refusal(Code.NotFound, `There is no ${asked} here.`);
  return {
    messageResponse: {
      case: "fileDescriptorResponse",
      value: { fileDescriptorProto: withImports([file]).map(bytesOf) },
    },
  };
}

function refusal(errorCode: Code, errorMessage: string): Answer {
  return { messageResponse: { case: "errorResponse", value: { errorCode, errorMessage } } };
}

/** The symbol may be a type, a service, or a member of one (`bodega.order.v1.OrderService.PlaceOrder`). */
function fileOfSymbol(symbol: string, registry: Registry): DescFile | undefined {
  const parent = symbol.slice(0, Math.max(0, symbol.lastIndexOf(".")));
  return (registry.get(symbol) ?? registry.get(parent))?.file;
}

function extensionsOf(typeName: string, registry: Registry) {
  return [...registry]
    .filter((type) => type.kind === "extension")
    .filter(({ extendee }) => extendee.typeName === typeName);
}

function filesOf(services: DescService[]): DescFile[] {
  return withImports(services.map(({ file }) => file));
}

function withImports(files: DescFile[]): DescFile[] {
  const found = new Set<DescFile>();
  const visit = (file: DescFile): void => {
    if (found.has(file)) return;
    found.add(file);
    file.dependencies.forEach(visit);
  };
  files.forEach(visit);
  return [...found];
}

/** They never change, and making them anew for each question took most of its time. */
const made = new WeakMap<DescFile, Buffer>();

function bytesOf(file: DescFile): Buffer {
  const bytes = made.get(file) ?? Buffer.from(toBinary(FileDescriptorProtoSchema, file.proto));
  made.set(file, bytes);
  return bytes;
}
