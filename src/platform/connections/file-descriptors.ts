/** How many descriptors this process may have open, sockets and files together. */

/**
 * Node itself raises what holds to what may hold (the soft limit to the hard one) when it starts, so this is the hard
 * limit of whatever started it: systemd's LimitNOFILE, a container's nofile, a shell's `ulimit -Hn`.
 */
export function descriptorLimit(): number {
  // Without this it would ask the name server who all the peers are (docs/upgrading.md).
  Reflect.set(process.report, "excludeNetwork", true);
  const report: { userLimits?: { open_files?: { soft?: unknown } } } = process.report.getReport();
  const limit = report.userLimits?.open_files?.soft;
  return typeof limit === "number" ? limit : Number.POSITIVE_INFINITY;
}
