/** Whether the ports are free, asked before anything else is started. */
import { createServer } from "node:net";
import type { Config } from "../config/config.ts";
import { StartupError } from "../errors/startup-error.ts";

/** @throws StartupError that names every port that cannot be had, and why */
export async function requireFreePorts({
  host,
  port,
  grpcPort,
  opsPort,
}: Pick<Config, "host" | "port" | "grpcPort" | "opsPort">): Promise<void> {
  const problems = await Promise.all([
    problemWith("PORT", host, port),
    problemWith("GRPC_PORT", host, grpcPort),
    problemWith("OPS_PORT", host, opsPort),
  ]);
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) throw new StartupError(found.join("\n"));
}

function problemWith(variable: string, host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const trial = createServer();
    trial.once("error", (error: NodeJS.ErrnoException) => resolve(listenProblem(variable, host, port, error)));
    trial.listen({ host, port }, () => trial.close(() => resolve(undefined)));
  });
}

/** Why a port cannot be had, and what to do. */
export function listenProblem(
  variable: string,
  host: string,
  port: number,
  { code, message }: NodeJS.ErrnoException,
): string {
  switch (code) {
    case "EADDRINUSE":
      return `Port ${port} on ${host} is in use. Stop what listens there, or set ${variable} to another port.`;
    case "EACCES":
      return `Port ${port} is not for ordinary users. Set ${variable} to a port above 1023.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `HOST ${host} is no address of this machine. Set HOST to one that is, such as 127.0.0.1 or 0.0.0.0.`;
    default:
      return `Cannot listen on ${host}:${port}: ${message}. Set ${variable} or HOST.`;
  }
}
