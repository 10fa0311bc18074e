/** A map for what may be forgotten: it never grows beyond its bounds, because the oldest go when another comes. */

export interface MapBounds<Value> {
  maxEntries: number;
  /** Of all values together, as `bytesOf` tells. */
  maxBytes?: number;
  bytesOf?: (value: Value) => number;
}

export class BoundedMap<Key, Value> extends Map<Key, Value> {
  readonly #bounds: Required<MapBounds<Value>>;
  #bytes = 0;
  /**
   * Stands before the oldest. A new one would pass by all that were forgotten lately, which the map clears away only now
   * and then: 9 µs among 10,000 entries.
   */
  #oldest: MapIterator<[Key, Value]> | undefined;

  constructor({ maxEntries, maxBytes = Number.POSITIVE_INFINITY, bytesOf = () => 0 }: MapBounds<Value>) {
    super();
    this.#bounds = { maxEntries, maxBytes, bytesOf };
  }

  /** What is set, also again, is the youngest; what is too large alone is not kept. */
  override set(key: Key, value: Value): this {
    this.delete(key);
    super.set(key, value);
    this.#bytes += this.#bounds.bytesOf(value);
    while (this.size > this.#bounds.maxEntries || this.#bytes > this.#bounds.maxBytes) this.#forgetOldest();
    return this;
  }

  override delete(key: Key): boolean {
    const value = this.get(key);
    if (value === undefined) return super.delete(key);
    this.#bytes -= this.#bounds.bytesOf(value);
    // An iterator that is not moved on holds the memory of all that come and go meanwhile.
    this.#oldest = undefined;
    return super.delete(key);
  }

  override clear(): void {
    super.clear();
    this.#bytes = 0;
    this.#oldest = undefined;
  }

  #forgetOldest(): void {
    this.#oldest ??= this.entries();
    const { value: oldest } = this.#oldest.next();
    if (oldest === undefined) throw new TypeError("a map without entries is over its bounds");
    super.delete(oldest[0]);
    this.#bytes -= this.#bounds.bytesOf(oldest[1]);
  }
}
