/** Callers that share a connection of gRPC: each has one call under way, and makes the next when that is answered. */
import type { Socket } from "node:net";
import {
  acknowledgement,
  FLAG,
  FRAME,
  type Frame,
  frameOf,
  onStream,
  opening,
  takeFrames,
} from "../support/http2-frames.ts";
import type { Known, RequestHeaders } from "./request-headers.ts";

export interface Answer {
  ok: boolean;
  refused: boolean;
  sentMs: number;
}

export interface GrpcCallersOptions {
  socket: Socket;
  callers: number;
  /** By performance.now(). */
  endMs: number;
  nextRequest: () => { headers: RequestHeaders; message: Buffer };
  /** @returns how long its caller waits now */
  count: (answer: Answer) => number;
}

const RESOURCE_EXHAUSTED = 8;
/** `grpc-status` as a literal name in Huffman's code, its length before it. */
const GRPC_STATUS = Buffer.from("889acac8b21234da8f", "hex");

export class GrpcCallers {
  readonly #options: GrpcCallersOptions;
  readonly #open = new Map<number, { sentMs: number; hasMessage: boolean }>();
  #calling: number;
  #stream = 1;
  #known: Known = "nothing";
  #received: Buffer = Buffer.alloc(0);
  #outgoing: Buffer[] = [opening()];

  constructor(options: GrpcCallersOptions) {
    this.#options = options;
    this.#calling = options.callers;
  }

  /** Keeps them calling until the time is over, then ends the connection. */
  run(): Promise<void> {
    const { socket, callers } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const take = (frame: Frame) => this.#take(frame);
    socket.once("error", reject);
    socket.once("close", () => (this.#calling === 0 ? resolve() : reject(new Error("the server closed a connection"))));
    socket.on("data", (chunk) => {
      this.#received = takeFrames(this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]), take);
      this.#flush();
    });
    for (let index = 0; index < callers; index++) this.#call();
    this.#flush();
    return promise;
  }

  #take(frame: Frame): void {
    const { type, flags, payload } = frame;
    const answer = acknowledgement(frame);
    if (answer !== undefined) this.#outgoing.push(answer);
    if (type === FRAME.goAway && this.#calling > 0) this.#options.socket.destroy(new Error("the server goes away"));
    const call = this.#open.get(frame.stream);
    if (call === undefined) return;
    if (type === FRAME.data) call.hasMessage = true;
    const endsStream = (type === FRAME.headers || type === FRAME.data) && (flags & FLAG.endStream) !== 0;
    if (!endsStream && type !== FRAME.reset) return;
    this.#open.delete(frame.stream);
    const status = type === FRAME.headers ? statusOf(payload) : undefined;
    const { sentMs, hasMessage } = call;
    this.#goOn(this.#options.count({ ok: status === 0 && hasMessage, refused: status === RESOURCE_EXHAUSTED, sentMs }));
  }

  #goOn(restMs: number): void {
    if (performance.now() + restMs >= this.#options.endMs) this.#leave();
    else if (restMs === 0) this.#call();
    else setTimeout(() => this.#callLater(), restMs);
  }

  #callLater(): void {
    this.#call();
    this.#flush();
  }

  #leave(): void {
    this.#calling--;
    if (this.#calling === 0) this.#options.socket.end();
  }

  #call(): void {
    const { headers, message } = this.#options.nextRequest();
    const { block, known } = headers.after[this.#known];
    this.#known = known;
    this.#outgoing.push(
      frameOf({ type: FRAME.headers, flags: FLAG.endHeaders, stream: this.#stream, payload: block }),
      onStream(Buffer.from(message), this.#stream),
    );
    this.#open.set(this.#stream, { sentMs: performance.now(), hasMessage: false });
    this.#stream += 2;
  }

  #flush(): void {
    if (this.#outgoing.length === 0) return;
    this.#options.socket.write(Buffer.concat(this.#outgoing));
    this.#outgoing = [];
  }
}

/** The code in an answer's last headers; undefined when there is none. */
function statusOf(headers: Buffer): number | undefined {
  const at = headers.indexOf(GRPC_STATUS);
  if (at === -1) return undefined;
  const start = at + GRPC_STATUS.length + 1;
  return Number(headers.toString("latin1", start, start + headers.readUInt8(start - 1)));
}
