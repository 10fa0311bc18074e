/** A Python with gRPC, as clients in that language have it: Debian's own, or the one that PYTHON names. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Not the PATH's: that one may be another version, for which no package of Debian's is. */
const PLACES = [process.env["PYTHON"], "/usr/bin/python3"];

/** @throws Error that says how to get it */
export function pythonWithGrpc(): string {
  const python = PLACES.find((place) => place !== undefined && existsSync(place));
  try {
    if (python === undefined) throw new Error("there is no Python");
    execFileSync(python, ["-c", "import google.protobuf, grpc"], { stdio: "pipe" });
    return python;
  } catch (cause) {
    throw new Error(
      "No Python with gRPC. On Debian: apt-get install python3-grpcio; elsewhere pip install grpcio protobuf, and set PYTHON.",
      { cause },
    );
  }
}
