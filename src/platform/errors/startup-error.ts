/**
 * What keeps the product from starting, told to the person at the terminal: a message that says what to do.
 *
 * Whoever starts a process prints the message alone and exits with code 1; anything else that is thrown there is a
 * bug and keeps its stack.
 */
export class StartupError extends Error {
  override readonly name = "StartupProblem";
}
