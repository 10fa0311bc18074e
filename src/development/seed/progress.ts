/** Shows how far the seed is: one line that is redrawn on a terminal, a line at each quarter elsewhere. */

const BAR_WIDTH = 30;
/** Elsewhere is a log file, and nobody wants a thousand lines in it. */
const QUARTERS = 4;
const CLEAR_LINE = "\r\u001b[2K";

export interface ProgressOutput {
  write(text: string): unknown;
  isTTY?: boolean;
}

/**
 * What `seed` calls as it goes. Both numbers count the same things, such as products; with the last one the line ends.
 */
export function progressBar(
  label: string,
  output: ProgressOutput = process.stdout,
): (done: number, total: number) => void {
  const draw = output.isTTY === true ? bar : line;
  let shown = "";
  return (done, total) => {
    const share = total === 0 ? 1 : done / total;
    const text = draw({ label, done, total, share });
    if (text === "" || text === shown) return;
    shown = text;
    output.write(text);
  };
}

interface Progress {
  label: string;
  done: number;
  total: number;
  share: number;
}

function bar({ label, done, total, share }: Progress): string {
  const filled = Math.floor(share * BAR_WIDTH);
  const cells = "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
  const end = done === total ? "\n" : "";
  return `${CLEAR_LINE}${label} ${cells} ${countOf(done)} of ${countOf(total)}${end}`;
}

/** Nothing before the first quarter; then the same text until the next one. */
function line({ label, total, share }: Progress): string {
  const quarter = Math.floor(share * QUARTERS);
  return quarter === 0 ? "" : `${label}: ${(quarter * 100) / QUARTERS} % of ${countOf(total)}\n`;
}

function countOf(number: number): string {
  return number.toLocaleString("en-US");
}
