/** What is traced, as the configuration says it. */

/** The samplers of OTEL_TRACES_SAMPLER. */
export const SAMPLERS = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;

export type SamplerName = (typeof SAMPLERS)[number];

export interface TracingOptions {
  sampler: SamplerName;
  /** 0–1, of the samplers by ratio. */
  ratio: number;
}
