/** The installation's one currency, as the shop's own figures name it. */
import { AnalyticsService } from "../../../../gen/bodega/analytics/v1/analytics_service_pb.ts";
import { useQuery } from "@connectrpc/connect-query";

export function useCurrency(): string {
  const { data } = useQuery(AnalyticsService.method.getSalesSummary, {}, { staleTime: Number.POSITIVE_INFINITY });
  return data?.revenue?.currencyCode || "USD";
}
