/** The words of the screen Health; how each part stands is told in the server's own, which the command `status` has too. */
import { PartState } from "../../../../gen/bodega/operations/v1/status_pb.ts";

export const words = {
  heading: "Health",
  looking: "Looking at every part",
  again: "Look again",
  well: "All is well.",
  notWell: (parts: string[]) => `Not well: ${parts.join(", ")}.`,
  parts: "Parts",
  part: "Part",
  state: "State",
  stands: "How it stands",
  action: "What to do",
  versions: "Versions",
  none: "does not answer",
  looked: "Looked at",
  states: {
    [PartState.UNSPECIFIED]: "Not told",
    [PartState.OK]: "Well",
    [PartState.PROBLEM]: "Problem",
    [PartState.UNKNOWN]: "Unknown",
  } as Readonly<Record<number, string>>,
};
