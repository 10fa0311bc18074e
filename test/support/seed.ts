/**
 * The seed of everything that a test draws by chance: the same one every day, so that what turns red is what changed.
 *
 * `SEED=random` draws another one and prints it; `SEED=<number>` repeats it. Look for new cases with it, by hand or at
 * night: a run that guards a change must not depend on luck.
 */
import fc from "fast-check";

const EVERYDAY = 20_261_121;
const asked = process.env["SEED"];

/** A whole number of 31 bits. */
export const seed = asked === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(asked ?? EVERYDAY);

fc.configureGlobal({ seed });
if (asked !== undefined) console.log(`SEED=${seed}`);

export { fc };
