/** From when on something is late, in seconds: the limits of docs/prometheus/alerts.yaml, to which a test holds them. */

/** No worker has noted a round of work: BodegaWorkerDown. */
export const WORKER_SILENT_SECONDS = 300;
/** A scheduled job has failed and not gone well: BodegaJobFails. */
export const JOB_FAILING_SECONDS = 900;
/** An event waits to be handed on: BodegaEventsStuck. */
export const EVENT_LATE_SECONDS = 60;
/** An e-mail waits: BodegaMailLate. */
export const EMAIL_LATE_SECONDS = 600;
/** A replica has not had everything: BodegaReplicaOut. */
export const REPLICA_LATE_SECONDS = 30;
