/** Both ports under bytes of every kind, two laps. */
// time limit: 300 s
import { fuzzTheWire } from "./raw/wire.ts";

fuzzTheWire({ rounds: 60, laps: 2 });
