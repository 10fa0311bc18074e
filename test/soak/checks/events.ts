/** Events: positions without gaps, and everybody who is to be told was: watchers each once and in order, webhooks and mail at least once. Pure. */
import type { State, StoredEvent, Telling } from "../state.ts";

/** What one watcher saw over all of its streams. */
export interface Watched {
  name: string;
  /** Whose orders; undefined: everybody's. */
  userId: string | undefined;
  storeId: string | undefined;
  /** As `keyOf` has them, in the order of their arrival. */
  seen: string[];
}

/** What came in at the receivers of webhooks and of mail, as `keyOf` has it, in the order of its arrival. */
export interface Received {
  webhooks: string[];
  mails: string[];
}

export function keyOf({ orderId, sequence }: { orderId: string; sequence: number }): string {
  return `${orderId} ${sequence}`;
}

export function brokenPositions({ events }: Pick<State, "events">): string[] {
  const last = new Map<string, number>();
  const broken: string[] = [];
  events.forEach((event, index) => {
    if (event.position !== index + 1)
      broken.push(`event ${keyOf(event)} has position ${event.position}, and should have ${index + 1}`);
    const before = last.get(event.orderId) ?? 0;
    if (event.sequence !== before + 1) broken.push(`event ${keyOf(event)} comes after number ${before} of its order`);
    last.set(event.orderId, event.sequence);
  });
  return broken;
}

/** Each saw exactly what there was for him, in the order of the positions. */
export function brokenWatches(watched: Watched[], { events }: Pick<State, "events">): string[] {
  return watched.flatMap(({ name, userId, storeId, seen }) => {
    const due = events
      .filter(
        (event) =>
          (userId === undefined || event.userId === userId) && (storeId === undefined || event.storeId === storeId),
      )
      .map(keyOf);
    const missed = new Set(due).difference(new Set(seen));
    if (missed.size > 0) return [`${name} was never told of ${missed.size} events, such as ${[...missed][0]}`];
    if (new Set(seen).size < seen.length)
      return [`${name} was told twice of ${seen.find((key, index) => seen.indexOf(key) !== index)}`];
    const wrong = seen.findIndex((key, index) => key !== due[index]);
    return wrong < 0 ? [] : [`${name} was told of ${seen[wrong]} where ${due[wrong] ?? "nothing"} was due`];
  });
}

/** One delivery for each event, and each arrived. */
export function brokenWebhooks(
  { webhooks: arrived }: Received,
  { events, webhooks }: Pick<State, "events" | "webhooks">,
): string[] {
  return [...brokenTellings("webhook", events, webhooks), ...neverArrived("webhook", webhooks, arrived)];
}

/**
 * One mail for each event but those that begin a hold; each arrived, and none before its order's earlier one. Only a
 * refused order's may be held back.
 */
export function brokenMails(
  { mails: arrived }: Received,
  { events, mails }: Pick<State, "events" | "mails">,
): string[] {
  const heldBack = new Set(mails.filter(({ suppressed }) => suppressed === true).map(keyOf));
  const isHeldBack = (one: { orderId: string; sequence: number }) => heldBack.has(keyOf(one));
  const wrongly = events
    .filter((event) => isHeldBack(event) && event.type !== "REJECTED")
    .map((event) => `the mail of ${keyOf(event)} was held back`);
  const due = events.filter((event) => event.type !== "PENDING" && !isHeldBack(event));
  const noted = mails.filter((mail) => !isHeldBack(mail));
  const first = new Set(arrived);
  const highest = new Map<string, number>();
  const overtaken: string[] = [];
  for (const key of first) {
    const [orderId = "", sequence] = key.split(" ");
    if (Number(sequence) < (highest.get(orderId) ?? 0))
      overtaken.push(`the mail of ${key} came after one of number ${highest.get(orderId)}`);
    highest.set(orderId, Math.max(Number(sequence), highest.get(orderId) ?? 0));
  }
  return [...brokenTellings("mail", due, noted), ...neverArrived("mail", noted, arrived), ...overtaken, ...wrongly];
}

function brokenTellings(what: string, due: StoredEvent[], noted: Telling[]): string[] {
  const wanted = new Set(due.map(keyOf));
  const keys = noted.map(keyOf);
  const known = new Set(keys);
  return [
    ...[...wanted.difference(known)].map((key) => `no ${what} is noted for event ${key}`),
    ...[...known.difference(wanted)].map((key) => `a ${what} is noted for ${key}, which asks for none`),
    ...(known.size < keys.length ? [`${keys.length - known.size} events have a ${what} noted twice`] : []),
    ...noted.filter(({ done }) => !done).map((one) => `the ${what} of ${keyOf(one)} is noted as not done`),
  ];
}

function neverArrived(what: string, noted: Telling[], arrived: string[]): string[] {
  const known = new Set(arrived);
  return noted
    .filter((one) => one.done && !known.has(keyOf(one)))
    .map((one) => `the ${what} of ${keyOf(one)} is noted as done, and never arrived`);
}
