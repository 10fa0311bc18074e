/** Where the console begins. */
import { TransportProvider } from "@connectrpc/connect-query";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { problemOf } from "./data/problem.ts";
import { transport } from "./data/transport.ts";
import "./theme/styles.ts";
import { Theme } from "./theme/theme.tsx";

/** A refusal stays one, however often it is asked; only silence is asked again. */
const MAX_RETRIES = 2;

const client = new QueryClient({
  defaultOptions: {
    queries: { retry: (count, error) => count < MAX_RETRIES && problemOf(error).offline, staleTime: 5_000 },
  },
});
const place = document.querySelector("#console");
if (place !== null) {
  createRoot(place).render(
    <StrictMode>
      <TransportProvider transport={transport}>
        <QueryClientProvider client={client}>
          <Theme>
            <App />
          </Theme>
        </QueryClientProvider>
      </TransportProvider>
    </StrictMode>,
  );
}
