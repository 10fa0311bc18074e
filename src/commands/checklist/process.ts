/** The checklist of the process: what production wants of whatever starts it. */
import { connectionsOfPort, descriptorsWanted } from "../../platform/connections/caller-connections.ts";
import type { Config } from "../../platform/config/config.ts";
import { descriptorLimit } from "../../platform/connections/file-descriptors.ts";
import { type Finding, warning } from "./finding.ts";

/** @param descriptors as many as `check` itself may open: it runs where the others will */
export function processFindings(config: Config, descriptors = descriptorLimit()): Finding[] {
  const wanted = descriptorsWanted(config);
  if (descriptors >= wanted) return [];
  const takes = `is ${descriptors}, so that an API process takes ${connectionsOfPort(config, descriptors)} connections on each port`;
  return [
    warning(
      "nofile",
      `${takes}. Allow ${wanted} or more: by LimitNOFILE of systemd, ulimits of the container, or ulimit -Hn.`,
    ),
  ];
}
