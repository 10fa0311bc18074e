/** Every RPC under nonsense of every kind: a hundred requests for each. */
// time limit: 600 s
import "./cheap-passwords.ts";

const { fuzzEveryRpc } = await import("./every-rpc.ts");

fuzzEveryRpc({ rounds: 20, laps: 5 });
