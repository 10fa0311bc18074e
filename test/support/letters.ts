/** What the letters of a gRPC-Web text answer say: its parts are padded each for itself, so four letters are read at a time. */
export function fromLetters(text: string): Buffer {
  return Buffer.concat((text.match(/.{4}/gs) ?? []).map((four) => Buffer.from(four, "base64")));
}
