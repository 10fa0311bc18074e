/** Every RPC under nonsense of every kind: two thousand requests for each (`npm run fuzz`). */
// time limit: 7200 s
import "./cheap-passwords.ts";

const { fuzzEveryRpc } = await import("./every-rpc.ts");

fuzzEveryRpc({ rounds: 100, laps: 20 });
