/** Who may come in, the frame around every screen, and which screen an address shows. */
import { Burger, Button, Paper, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from "react";
import { mayEnter } from "./auth/permission.ts";
import { resume, session, signOut, type SignedInUser } from "./auth/session.ts";
import { SignIn } from "./auth/sign-in.tsx";
import { dropAllDrafts } from "./forms/kept-draft.ts";
import { FindAnything } from "./find/anything.tsx";
import { Boundary } from "./parts/boundary.tsx";
import { Heading } from "./parts/heading.tsx";
import { Loading, Trouble } from "./parts/states.tsx";
import { Link, usePath } from "./route.tsx";
import { Connection } from "./shell/connection.tsx";
import { Navigation } from "./shell/navigation.tsx";
import { words } from "./words/frame.ts";
import { words as doorWords } from "./words/sign-in.ts";

/** Each screen is fetched when it is first shown. */
const files = {
  today: () => import("./today/today.tsx").then(({ Today }) => ({ default: Today })),
  products: () => import("./screens/products.tsx").then(({ Products }) => ({ default: Products })),
  categories: () => import("./screens/categories.tsx").then(({ Categories }) => ({ default: Categories })),
  stores: () => import("./screens/stores.tsx").then(({ Stores }) => ({ default: Stores })),
  stock: () => import("./screens/stock.tsx").then(({ Stock }) => ({ default: Stock })),
  ledger: () => import("./screens/ledger.tsx").then(({ Ledger }) => ({ default: Ledger })),
  orders: () => import("./screens/orders.tsx").then(({ Orders }) => ({ default: Orders })),
  users: () => import("./screens/users.tsx").then(({ Users }) => ({ default: Users })),
  promotions: () => import("./screens/promotions.tsx").then(({ Promotions }) => ({ default: Promotions })),
  webhooks: () => import("./screens/webhooks.tsx").then(({ Webhooks }) => ({ default: Webhooks })),
  deliveries: () => import("./screens/deliveries.tsx").then(({ Deliveries }) => ({ default: Deliveries })),
  "service-keys": () => import("./screens/service-keys.tsx").then(({ ServiceKeys }) => ({ default: ServiceKeys })),
  "dead-letters": () => import("./screens/dead-letters.tsx").then(({ DeadLetters }) => ({ default: DeadLetters })),
  health: () => import("./screens/health.tsx").then(({ Health }) => ({ default: Health })),
  audit: () => import("./screens/audit.tsx").then(({ Audit }) => ({ default: Audit })),
};
const screens = new Map(Object.entries(files).map(([name, file]) => [name, lazy(file)]));
const PhoneMenu = lazy(() => import("./shell/phone-menu.tsx").then(({ PhoneMenu }) => ({ default: PhoneMenu })));

export function App() {
  const user = useSyncExternalStore(session.subscribe, session.user);
  const [first, setFirst] = useState<"asking" | "known" | { error: unknown }>("asking");
  useEffect(() => {
    resume().then(
      () => setFirst("known"),
      (error: unknown) => setFirst({ error }),
    );
  }, []);
  if (user !== undefined) return mayEnter(user) ? <Shell user={user} /> : <KeptOut user={user} />;
  if (first === "asking")
    return (
      <main className="door">
        <Loading what={words.opening} />
      </main>
    );
  if (first !== "known")
    return (
      <main className="door">
        <Trouble error={first.error} retry={() => location.reload()} />
      </main>
    );
  return <SignIn />;
}

function KeptOut({ user }: { user: SignedInUser }) {
  return (
    <main className="door">
      <Paper p="lg" role="alert">
        <Title order={1}>{doorWords.keptOut}</Title>
        <p>{doorWords.keptOutText(user.username)}</p>
        <Button variant="default" onClick={() => void signOut()}>
          {words.signOut}
        </Button>
      </Paper>
    </main>
  );
}

function Shell({ user }: { user: SignedInUser }) {
  const [open, setOpen] = useState(false);
  const path = usePath();
  const [first = "today"] = path;
  useEffect(() => {
    document.title = words.title(`${first.charAt(0).toUpperCase()}${first.slice(1).replace("-", " ")}`);
  }, [first]);
  return (
    <>
      <a className="skip" href="#main">
        {words.skip}
      </a>
      <Top user={user} open={open} toggle={() => setOpen(!open)} />
      <div className="frame">
        <Navigation current={first} />
        <Suspense>{open ? <PhoneMenu current={first} close={() => setOpen(false)} /> : null}</Suspense>
        <main id="main" tabIndex={-1}>
          <Boundary key={path.join("/")}>
            <Suspense fallback={<Loading />}>
              <Screen name={first} path={path.slice(1)} />
            </Suspense>
          </Boundary>
        </main>
      </div>
    </>
  );
}

function Top({ user, open, toggle }: { user: SignedInUser; open: boolean; toggle(): void }) {
  const client = useQueryClient();
  async function leave() {
    dropAllDrafts();
    await signOut();
    client.clear();
  }
  return (
    <header className="top">
      <Burger className="menu" size="sm" aria-label={words.menu} aria-expanded={open} opened={open} onClick={toggle} />
      <Link to="/" className="brand">
        {words.shop}
      </Link>
      <FindAnything />
      <Connection />
      <span className="who">{user.username}</span>
      <Button variant="default" size="xs" onClick={() => void leave()}>
        {words.signOut}
      </Button>
    </header>
  );
}

function Screen({ name, path }: { name: string; path: string[] }) {
  const Shown = screens.get(name);
  if (Shown === undefined)
    return (
      <section>
        <Heading>{words.nothingHere}</Heading>
        <p>
          <Link to="/">{words.toToday}</Link>
        </p>
      </section>
    );
  return <Shown path={path} />;
}
