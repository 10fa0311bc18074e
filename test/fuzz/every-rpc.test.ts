/** Every RPC under nonsense of every kind: the short run of every day. */
// time limit: 180 s
import "./cheap-passwords.ts";

const { fuzzEveryRpc } = await import("./every-rpc.ts");

fuzzEveryRpc({ rounds: 6, laps: 1, large: 7 });
