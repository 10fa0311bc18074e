/** What the signed-in caller may do, by the same declarations and the same function as the server's. */
import type { DescMethod } from "@bufbuild/protobuf";
import { AnalyticsService } from "../../../../gen/bodega/analytics/v1/analytics_service_pb.ts";
import { accessOf, admits } from "../../../platform/auth/access.ts";
import { session, type SignedInUser } from "./session.ts";

/** Whether an RPC would be answered; what it stands behind is not shown otherwise. */
export function may(method: DescMethod | undefined): boolean {
  return method !== undefined && admits(accessOf(method), session.user()?.role);
}

/** The console opens on the shop's figures: who may not read them has no business here. */
export function mayEnter({ role }: SignedInUser): boolean {
  return admits(accessOf(AnalyticsService.method.getSalesSummary), role);
}
