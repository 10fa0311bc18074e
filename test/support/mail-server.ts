/** A mail server for tests: it speaks as much SMTP as it must, and a test says what becomes of each message. */
import { createServer, type Socket } from "node:net";
import { listening } from "./listening.ts";

export interface MailServer {
  url: string;
  /** What was accepted. */
  messages: string[];
  close(): Promise<void>;
}

/** Where a server may die: when it is asked for DATA, when it has the message, when it has answered. */
export type Cue = "DATA" | "message" | "answer";

/**
 * A mail server that takes everything up to a message's end, and answers that with what `verdict` says.
 * @param dies whether it cuts the connection there; what it has not answered by then it has not accepted
 */
export async function mailServer(
  verdict: () => string | Promise<string>,
  dies: (cue: Cue) => boolean = () => false,
): Promise<MailServer> {
  const messages: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.once("close", () => sockets.delete(socket)).on("error", () => undefined));
    converse(socket, {
      asked: (command) => (command === "DATA" && dies("DATA") ? void socket.destroy() : say(socket, reply(command))),
      async take(message) {
        if (dies("message")) {
          socket.destroy();
          return;
        }
        const answer = await verdict();
        if (answer.startsWith("250")) messages.push(message);
        say(socket, answer);
        if (dies("answer")) socket.destroySoon();
      },
    });
  });
  const port = await listening(server);
  return {
    url: `smtp://127.0.0.1:${port}`,
    messages,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Hearing {
  asked(command: string): void;
  take(message: string): Promise<void>;
}

function say(socket: Socket, line: string): void {
  socket.write(`${line}\r\n`);
}

function converse(socket: Socket, { asked, take }: Hearing): void {
  let received = "";
  let inMessage = false;
  say(socket, "220 mail.example ESMTP");
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    received += chunk;
    while (true) {
      const mark = inMessage ? "\r\n.\r\n" : "\r\n";
      const end = received.indexOf(mark);
      if (end < 0) return;
      const part = received.slice(0, end);
      received = received.slice(end + mark.length);
      if (inMessage) void take(part);
      else asked(part);
      inMessage = !inMessage && part === "DATA";
    }
  });
}

function reply(command: string): string {
  if (command === "DATA") return "354 go ahead";
  return command === "QUIT" ? "221 bye" : "250 ok";
}
