/**
 * A real mail server (smtp-server) for tests: it takes everything, refuses whatever a test wants to be refused, goes
 * away, and comes back at the same address.
 */
import { text } from "node:stream/consumers";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { listening } from "./listening.ts";

/** What it says where; where it says nothing it is friendly. Such as { rcpt: "450 4.2.0 greylisted" }. */
export type Refusals = Partial<Record<"connect" | "auth" | "mail" | "rcpt" | "data", string>>;

export interface SmtpServer {
  /** smtp://127.0.0.1:port */
  url: string;
  refusals: Refusals;
  /** Message-IDs of what it has taken, in the order of arrival. */
  taken: string[];
  /** Connections and messages that it was asked to take, also those that it refused. */
  asked: { connections: number; messages: number };
  /** Nothing listens any more, and open connections are cut. */
  leave(): Promise<void>;
  comeBack(): Promise<void>;
}

type Callback = (error?: Error | null) => void;

export async function smtpServer(options: SMTPServerOptions = { disabledCommands: ["STARTTLS"] }): Promise<SmtpServer> {
  const state = { refusals: {} as Refusals, taken: [] as string[], asked: { connections: 0, messages: 0 } };
  const answer = (where: keyof Refusals, done: Callback) => {
    const words = state.refusals[where];
    if (words === undefined) done();
    else done(Object.assign(new Error(words.slice(4)), { responseCode: Number(words.slice(0, 3)) }));
  };
  const open = () =>
    new SMTPServer({
      authOptional: true,
      closeTimeout: 1,
      ...options,
      onConnect(_session, done) {
        state.asked.connections++;
        answer("connect", done);
      },
      onAuth: ({ username }, _session, done) =>
        answer("auth", (error) => done(error, error == null ? { user: username } : undefined)),
      onMailFrom(_address, _session, done) {
        state.asked.messages++;
        answer("mail", done);
      },
      onRcptTo: (_address, _session, done) => answer("rcpt", done),
      onData(stream, _session, done) {
        void text(stream).then((message) => {
          if (state.refusals.data === undefined) state.taken.push(/^Message-ID: <(.*)>\r?$/im.exec(message)?.[1] ?? "");
          answer("data", done);
        });
      },
    }).on("error", () => undefined);
  let server = open();
  const port = await listening(server.server);
  return Object.assign(state, {
    url: `smtp://127.0.0.1:${port}`,
    leave: () => new Promise<void>((resolve) => server.close(resolve)),
    async comeBack() {
      server = open();
      await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    },
  });
}
