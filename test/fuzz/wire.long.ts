/** Both ports under bytes of every kind: twelve hundred connections of each kind (`npm run fuzz`). */
// time limit: 7200 s
import { fuzzTheWire } from "./raw/wire.ts";

fuzzTheWire({ rounds: 200, laps: 6 });
