/** Who may come in, the frame around every screen, and which screen an address shows. */
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from "react";
import { mayEnter } from "./auth/permission.ts";
import { resume, session, signOut, type SignedInUser } from "./auth/session.ts";
import { SignIn } from "./auth/sign-in.tsx";
import { FindAnything } from "./find/anything.tsx";
import { Navigation } from "./navigation.tsx";
import { Boundary } from "./parts/boundary.tsx";
import { Connection } from "./parts/connection.tsx";
import { Loading, Trouble } from "./parts/states.tsx";
import { Link, usePath } from "./route.tsx";

/** Each screen is fetched when it is first shown. */
const screens = {
  today: lazy(() => import("./screens/today.tsx").then(({ Today }) => ({ default: Today }))),
  products: lazy(() => import("./screens/products.tsx").then(({ Products }) => ({ default: Products }))),
  categories: lazy(() => import("./screens/categories.tsx").then(({ Categories }) => ({ default: Categories }))),
  stores: lazy(() => import("./screens/stores.tsx").then(({ Stores }) => ({ default: Stores }))),
  stock: lazy(() => import("./screens/stock.tsx").then(({ Stock }) => ({ default: Stock }))),
  ledger: lazy(() => import("./screens/ledger.tsx").then(({ Ledger }) => ({ default: Ledger }))),
  orders: lazy(() => import("./screens/orders.tsx").then(({ Orders }) => ({ default: Orders }))),
  users: lazy(() => import("./screens/users.tsx").then(({ Users }) => ({ default: Users }))),
  promotions: lazy(() => import("./screens/promotions.tsx").then(({ Promotions }) => ({ default: Promotions }))),
  webhooks: lazy(() => import("./screens/webhooks.tsx").then(({ Webhooks }) => ({ default: Webhooks }))),
  deliveries: lazy(() => import("./screens/deliveries.tsx").then(({ Deliveries }) => ({ default: Deliveries }))),
  "service-keys": lazy(() =>
    import("./screens/service-keys.tsx").then(({ ServiceKeys }) => ({ default: ServiceKeys })),
  ),
  "dead-letters": lazy(() =>
    import("./screens/dead-letters.tsx").then(({ DeadLetters }) => ({ default: DeadLetters })),
  ),
  audit: lazy(() => import("./screens/audit.tsx").then(({ Audit }) => ({ default: Audit }))),
};

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
        <Loading what="Opening the console" />
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
      <div className="card" role="alert">
        <h1>Not for this account</h1>
        <p>{user.username} is signed in, and may not administer the shop. Sign in with an administrator’s account.</p>
        <div className="actions">
          <button type="button" onClick={() => void signOut()}>
            Sign out
          </button>
        </div>
      </div>
    </main>
  );
}

function Shell({ user }: { user: SignedInUser }) {
  const [open, setOpen] = useState(false);
  const client = useQueryClient();
  const path = usePath();
  const [first = "today"] = path;
  useEffect(() => {
    document.title = `${first.charAt(0).toUpperCase()}${first.slice(1).replace("-", " ")} · Bodega console`;
  }, [first]);
  async function leave() {
    await signOut();
    client.clear();
  }
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className="top">
        <button
          type="button"
          className="menu"
          aria-expanded={open}
          aria-controls="navigation"
          onClick={() => setOpen(!open)}
        >
          Menu
        </button>
        <Link to="/" className="brand">
          Bodega
        </Link>
        <FindAnything />
        <Connection />
        <span className="who">{user.username}</span>
        <button type="button" onClick={() => void leave()}>
          Sign out
        </button>
      </header>
      <div className="frame">
        <Navigation open={open} current={first} close={() => setOpen(false)} />
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

function Screen({ name, path }: { name: string; path: string[] }) {
  const Shown = Object.entries(screens).find(([one]) => one === name)?.[1];
  if (Shown === undefined)
    return (
      <section>
        <h1>Nothing is here</h1>
        <p>
          <Link to="/">Go to Today</Link>
        </p>
      </section>
    );
  return <Shown path={path} />;
}
