/**
 * Lets this test's process hash passwords in a tenth of a millisecond: signing in thousands of times would take minutes.
 *
 * To be imported before what is imported by `await import`. The product has no switch for it: its module gets another
 * `node:crypto`, here and nowhere else.
 */
import { registerHooks } from "node:module";

const cheap = new URL("cheap-crypto.ts", import.meta.url).href;

registerHooks({
  resolve(specifier, context, next) {
    const asked =
      specifier === "node:crypto" &&
      context.parentURL?.endsWith("/src/domains/identity/password/password-hash.ts") === true;
    return asked ? { url: cheap, shortCircuit: true } : next(specifier, context);
  },
});
