/** A secret that was just made, shown this once. */
import { useState } from "react";

export function Secret({ secret, what, done }: { secret: string; what: string; done(): void }) {
  const [copied, setCopied] = useState(false);
  return (
    <section className="card">
      <h1>The new {what}</h1>
      <p>
        <strong>This is the only time that it is shown.</strong> Copy it to where it is needed.
      </p>
      <p>
        <code className="secret">{secret}</code>
      </p>
      <div className="actions">
        <button
          type="button"
          className="primary"
          onClick={() => void navigator.clipboard.writeText(secret).then(() => setCopied(true))}
        >
          Copy
        </button>
        <button type="button" onClick={done}>
          Done
        </button>
        <span role="status">{copied ? "Copied." : ""}</span>
      </div>
    </section>
  );
}
