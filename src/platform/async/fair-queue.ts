/**
 * A queue in which places take turns: networks among each other, and within a network its addresses. Pure.
 *
 * In order of coming, whoever sends most gets most, and the others what is left. Here each network gets as much as the
 * next, however many wait from it; one that had no turn for a whole round goes first, so that whoever comes once does not
 * wait for those who always come (as in FQ-CoDel, RFC 8290). When there are too many, the longest line gets shorter.
 */

/** Where something in the queue comes from. */
export interface Lane {
  network: string;
  address: string;
}

/** What waits from one network, by address; whose turn it is stands first, since a map keeps the order of its keys. */
type Lanes<Item> = Map<string, Item[]>;

export class FairQueue<Item> {
  /** Networks that had no turn in this round. */
  readonly #fresh = new Map<string, Lanes<Item>>();
  /** Those that had one, the longest ago first; also when nothing waits from them, until the round has come to them. */
  readonly #served = new Map<string, Lanes<Item>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add({ network, address }: Lane, item: Item): void {
    const lanes = this.#lanesOf(network) ?? new Map<string, Item[]>();
    const items = lanes.get(address) ?? [];
    items.push(item);
    lanes.set(address, items);
    if (!this.#served.has(network)) this.#fresh.set(network, lanes);
    this.#size++;
  }

  /** The next one; its network goes behind all others, and its address behind the network's others. */
  take(): Item | undefined {
    this.#endRounds();
    const [network, lanes] = firstOf(this.#fresh) ?? firstOf(this.#served) ?? [];
    const [address, items] = firstOf(lanes ?? new Map<string, Item[]>()) ?? [];
    if (network === undefined || lanes === undefined || address === undefined || items === undefined) return undefined;
    const item = items.shift();
    lanes.delete(address);
    if (items.length > 0) lanes.set(address, items);
    this.#fresh.delete(network);
    this.#served.delete(network);
    this.#served.set(network, lanes);
    this.#size--;
    return item;
  }

  /** The last of the address that has most in the network that has most: of two alike, the one whose turn is later. */
  takeLast(): Item | undefined {
    const [network, lanes] = longest([...this.#fresh, ...this.#served], (inNetwork) => sum(inNetwork)) ?? [];
    const [address, items] = longest([...(lanes ?? [])], ({ length }) => length) ?? [];
    const item = items?.at(-1);
    if (network === undefined || address === undefined || item === undefined) return undefined;
    this.remove({ network, address }, item);
    return item;
  }

  /** Takes out what does not wait any more; what is not there is no error. */
  remove({ network, address }: Lane, item: Item): void {
    const lanes = this.#lanesOf(network);
    const items = lanes?.get(address);
    const index = items?.indexOf(item) ?? -1;
    if (lanes === undefined || items === undefined || index === -1) return;
    items.splice(index, 1);
    if (items.length === 0) lanes.delete(address);
    if (lanes.size === 0) this.#fresh.delete(network);
    this.#size--;
  }

  #lanesOf(network: string): Lanes<Item> | undefined {
    return this.#fresh.get(network) ?? this.#served.get(network);
  }

  /** Forgets the turns of networks from which nothing waits, as far as the round has come. */
  #endRounds(): void {
    for (const [network, lanes] of this.#served) {
      if (lanes.size > 0) return;
      this.#served.delete(network);
    }
  }
}

function firstOf<Value>(entries: Map<string, Value>): [string, Value] | undefined {
  return entries.entries().next().value;
}

function sum<Item>(lanes: Lanes<Item>): number {
  return lanes.values().reduce((total, { length }) => total + length, 0);
}

function longest<Value>(entries: [string, Value][], lengthOf: (value: Value) => number): [string, Value] | undefined {
  let found: [string, Value] | undefined;
  for (const entry of entries) if (found === undefined || lengthOf(entry[1]) >= lengthOf(found[1])) found = entry;
  return found;
}
