/** What a screen shows while it has nothing else to show: it waits, it failed, there is nothing. */
import type { ReactNode } from "react";
import { problemOf } from "../data/problem.ts";

export function Loading({ what = "Loading" }: { what?: string }) {
  return (
    <p className="state" role="status">
      <span className="spinner" aria-hidden="true" />
      {what}…
    </p>
  );
}

export function Empty({ children }: { children: ReactNode }) {
  return <p className="state">{children}</p>;
}

/** @param retry offered where asking again may help */
export function Trouble({ error, retry }: { error: unknown; retry?: () => void }) {
  const { reason, message, requestId } = problemOf(error);
  return (
    <div className="trouble" role="alert">
      <p>
        <strong>{message}</strong>
      </p>
      <p className="small">
        Reason <code>{reason}</code>
        {requestId === "" ? null : (
          <>
            , request <code>{requestId}</code>
          </>
        )}
      </p>
      {retry === undefined ? null : (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
