/** Origins of browsers' pages, as CORS_ORIGINS lists them. Pure. */

/** @param text comma-separated: `https://shop.example, http://localhost:5173`. @throws RangeError that names the wrong one */
export function parseOrigins(text: string | undefined): string[] {
  const origins = (text ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
  for (const origin of origins) {
    // "*" would let every page on the internet call with whatever its visitor has.
    if (URL.parse(origin)?.origin !== origin)
      throw new RangeError(`"${origin}" is no origin such as https://shop.example`);
  }
  return origins;
}
