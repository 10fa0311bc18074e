/** Every RPC under nonsense of every kind: the long run. */
// time limit: 600 s
import { fuzzEveryRpc } from "./every-rpc.ts";

fuzzEveryRpc({ rounds: 60, large: 4 });
