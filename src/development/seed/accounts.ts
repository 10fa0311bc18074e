/** The seed's accounts: one admin and ten customers. */
import people from "./words/people.json" with { type: "json" };
import { birth, pick, STREAM } from "./random.ts";

const CUSTOMERS = 10;
const BETWEEN_ACCOUNTS_MS = 60_000;

export interface SeedAccount {
  id: string;
  email: string;
  username: string;
  role: "ADMIN" | "CUSTOMER";
  firstName: string;
  lastName: string;
  phone: string;
  address: string;
  createdAt: Date;
}

/** The admin first, then the customers in order. */
export function seedAccounts(): SeedAccount[] {
  const numbers = Array.from({ length: CUSTOMERS }, (_, index) => index + 1);
  const customers = numbers.map((number) => accountOf(`customer${number}`, "CUSTOMER", number));
  return [accountOf("admin", "ADMIN", 0), ...customers];
}

function accountOf(username: string, role: SeedAccount["role"], index: number): SeedAccount {
  const { firstName, lastName, address } = pick(people, index);
  return {
    ...birth(STREAM.account, { afterMs: index * BETWEEN_ACCOUNTS_MS }),
    email: `${username}@bodega.example`,
    username,
    role,
    firstName,
    lastName,
    phone: `+1 212 555 01${String(index).padStart(2, "0")}`,
    address,
  };
}
