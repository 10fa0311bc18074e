/**
 * uvu as the test files see it: the same functions, and what uvu itself forgets is written down.
 *
 * uvu swallows what a hook throws, and does not tell which test is running; both are known here, where the file hands
 * over its functions. The child process puts this module in uvu's place.
 */
import * as uvu from "uvu";

type Handler = (context: never) => Promise<void> | void;
type Register = (name: string, handler: Handler) => void;

export const observed = {
  registered: 0,
  problems: new Set<string>(),
  /** What tests threw: uvu says nothing of an error that it cannot put into words. */
  failures: [] as string[],
  /** Called with what is about to run. */
  onDoing: (_what: string): void => undefined,
};

export const test = observe(uvu.test);

export function suite(title?: string, context?: Record<string, unknown>) {
  return observe(uvu.suite(title, context));
}

function observe(real: uvu.Test) {
  const register: Register = (name, handler) => {
    observed.registered++;
    real(name, async (context) => {
      observed.onDoing(`"${name}"`);
      try {
        await Reflect.apply(handler, undefined, [context]);
      } catch (error) {
        observed.failures.push(`"${name}": ${describe(error)}`);
        throw error;
      }
      observed.onDoing(`what follows "${name}"`);
    });
  };
  return Object.assign(register, {
    only: (name: string) => {
      observed.registered++;
      observed.problems.add(`test.only("${name}") leaves the other tests out; remove "only".`);
    },
    skip: (name = "") => observed.problems.add(`test.skip("${name}") leaves a test out; make it pass or remove it.`),
    before: observeHook("before", real.before),
    after: observeHook("after", real.after),
    run: () => real.run(),
  });
}

function observeHook(name: string, real: uvu.Test["before"]) {
  const hook = (handler: Handler): void => real(guarded(name, handler));
  return Object.assign(hook, { each: (handler: Handler): void => real.each(guarded(`${name}.each`, handler)) });
}

function guarded(name: string, handler: Handler): (context: unknown) => Promise<void> {
  return async (context) => {
    observed.onDoing(`the hook ${name}`);
    try {
      await Reflect.apply(handler, undefined, [context]);
    } catch (error) {
      observed.problems.add(`The hook ${name} threw: ${describe(error)}`);
      // Without what it prepares no test makes sense; a hook that cleans up must not take the tests that passed along.
      if (name.startsWith("before")) throw error;
    }
  };
}

export function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
