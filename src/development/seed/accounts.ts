/** The seed's accounts: one admin and ten customers. */
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
  const [firstName, lastName, address] = pick(people, index);
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

const people = [
  ["Ada", "Ferreira", "1 Market Square, Brooklyn, NY 11201"],
  ["Marisol", "Vega", "418 Willow Street, Brooklyn, NY 11215"],
  ["Jonas", "Lindqvist", "77 Chestnut Street, Chicago, IL 60614"],
  ["Amara", "Okafor", "2205 Franklin Street, Oakland, CA 94612"],
  ["Kenji", "Watanabe", "930 Cedar Street, Seattle, WA 98109"],
  ["Leila", "Haddad", "12 Prospect Street, Boston, MA 02116"],
  ["Tomás", "Rivera", "341 Grand Street, San Antonio, TX 78205"],
  ["Priya", "Nair", "58 Lincoln Street, Austin, TX 78704"],
  ["Eoin", "Gallagher", "619 Second Street, Philadelphia, PA 19106"],
  ["Sofia", "Marchetti", "84 Maple Street, Providence, RI 02903"],
  ["Daniel", "Abramov", "1500 Jefferson Street, Denver, CO 80206"],
] as const;
