/** The bounds of watching: named, with their reasons, and smaller in tests. */

export interface WatchLimits {
  /** How long a stream is silent at most. */
  heartbeatMs: number;
  /** How often a process that is watched looks for changes when nothing wakes it. */
  pollMs: number;
  /** How long a stream lasts. */
  maxLifeMs: number;
  /** Changes that wait for one watcher to read them. */
  maxWaiting: number;
  /** Streams that one user may have at once, in all processes. */
  maxStreams: number;
  /** How long a resume token is good. */
  tokenLifeMs: number;
}

export const WATCH_LIMITS: WatchLimits = {
  /** Below the idle time-outs of mobile networks and load balancers, which begin at half a minute. */
  heartbeatMs: 15_000,
  /** What a watcher waits at most for a change when Redis is away, beside the relay's second. */
  pollMs: 500,
  /** No access token lives longer; and for so long a process that died holds its streams against their users. */
  maxLifeMs: 15 * 60_000,
  /** Five seconds of two hundred orders each; they are shared by all who watch them. */
  maxWaiting: 1_000,
  /** A telephone, a tablet and the tabs of a browser; a program needs one. */
  maxStreams: 20,
  /** As the contract promises; the outbox keeps what is younger. */
  tokenLifeMs: 7 * 24 * 3_600_000,
};
