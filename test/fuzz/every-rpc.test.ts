/** Every RPC under nonsense of every kind: the short run of every day. */
// time limit: 180 s
import { fuzzEveryRpc } from "./every-rpc.ts";

fuzzEveryRpc({ rounds: 4, large: 1 });
