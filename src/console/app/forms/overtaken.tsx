/** Somebody else was faster: what is stored now and what was meant here, side by side, and a choice. */
import type { Difference } from "./difference.ts";
import { sentence } from "../data/names.ts";

export interface OvertakenProps {
  /** What it is: `product`. */
  one: string;
  differences: readonly Difference[];
  /** The heading over `mine`. */
  mine: string;
  takeTheirs(): void;
  /** Where it can be done all the same: the words on the button, and doing it. */
  goOn?: { words: string; go(): void } | undefined;
}

export function Overtaken({ one, differences, mine, takeTheirs, goOn }: OvertakenProps) {
  return (
    <div className="trouble" role="alert">
      <p>
        <strong>Somebody else changed this {one} meanwhile. Nothing of yours was done.</strong>
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Stored now</th>
            <th scope="col">{mine}</th>
          </tr>
        </thead>
        <tbody>
          {differences.map((difference) => (
            <tr key={difference.name}>
              <th scope="row">{sentence(difference.name)}</th>
              <td data-label="Stored now">{difference.stored}</td>
              <td data-label={mine}>{difference.mine}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="small">
        Reason <code>STALE_ETAG</code>
      </p>
      <div className="actions">
        <button type="button" onClick={takeTheirs}>
          Take what is stored
        </button>
        {goOn === undefined ? null : (
          <button type="button" className="danger" onClick={goOn.go}>
            {goOn.words}
          </button>
        )}
      </div>
    </div>
  );
}
