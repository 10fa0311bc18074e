/** Whether the browser is connected at all; said once, at the top, and read out when it changes. */
import { useSyncExternalStore } from "react";
import { words } from "../words/frame.ts";

function subscribe(listener: () => void): () => void {
  addEventListener("online", listener);
  addEventListener("offline", listener);
  return () => {
    removeEventListener("online", listener);
    removeEventListener("offline", listener);
  };
}

export function Connection() {
  const online = useSyncExternalStore(subscribe, () => navigator.onLine);
  return (
    <span className="connection" role="status">
      {online ? "" : words.offline}
    </span>
  );
}
