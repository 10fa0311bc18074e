/** How limits are configured, counted in memory, and by what address. */
import { fc } from "../support/seed.ts";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { TokenBuckets } from "../../src/platform/rate-limit/token-bucket.ts";
import { clientAddress, neighbourhoodOf, networkOf, siteOf } from "../../src/platform/auth/client-address.ts";
import { readConfig } from "../../src/platform/config/config.ts";
import { parseNetworks } from "../../src/platform/config/ip-networks.ts";
import { DEFAULT_RATE_LIMITS, parseRateLimits } from "../../src/platform/config/rate-limits.ts";
import { MemoryWindow } from "../../src/platform/rate-limit/memory-window.ts";

test("limits that are not named keep their default, named ones are read, and off switches off", () => {
  assert.is(parseRateLimits(undefined), DEFAULT_RATE_LIMITS);
  const { windows, calls, connections } = parseRateLimits(
    "sign-in-account=5/2m, suggestions=off,calls=100/1s/400, connections=50",
  );
  assert.equal(windows["sign-in-account"], { count: 5, windowMs: 120_000 });
  assert.is(windows.suggestions, undefined);
  assert.equal(windows.registration, { count: 30, windowMs: 60_000 });
  assert.equal(calls, { perSecond: 100, burst: 400 });
  assert.is(connections, 50);
  assert.is(parseRateLimits("calls=off").connections, DEFAULT_RATE_LIMITS.connections);
  assert.equal(
    [parseRateLimits("connections=off").connections, parseRateLimits("off").connections],
    [undefined, undefined],
  );
  assert.is(parseRateLimits("off").calls, undefined);
  assert.ok(Object.values(parseRateLimits("off").windows).every((window) => window === undefined));
});

test("a limit, a proxy or an origin that cannot be read stops the start and is named", () => {
  const wrong = {
    RATE_LIMITS: [
      "sign-in=5/60s",
      "suggestions=0/60s",
      "suggestions=20",
      "suggestions=20/60",
      "calls=500/1s",
      "registration=20000/60s",
      "connections=0",
      "connections=5/60s",
    ],
    TRUSTED_PROXIES: ["10.0.0.0/33", "proxy", "10.0.0.0/", "::1/129", "10.0.0.0/x"],
    CORS_ORIGINS: ["*", "https://shop.example/", "shop.example", "null"],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values)
      assert.throws(() => readConfig({ [name]: value }), new RegExp(`${name} has "`), `${name}=${value}`);
  }
});

test("no window of a minute, wherever it begins, holds more than the count", () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 30, maxLength: 300 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 20 }), (gapsMs, count) => {
      let now = 0;
      const log = new MemoryWindow(() => now);
      const passed: number[] = [];
      for (const gapMs of gapsMs) {
        now += gapMs;
        if (log.take("somebody", { count, windowMs: 60_000 }).allowed) passed.push(now);
      }
      return passed.every((from) => passed.filter((at) => at >= from && at <= from + 60_000).length <= count);
    }),
  );
});

test("who waits as long as he is told is let through again", () => {
  let now = 0;
  const log = new MemoryWindow(() => now);
  const window = { count: 2, windowMs: 1_000 };
  assert.is(log.take("a", window).allowed, true);
  now = 400;
  assert.is(log.take("a", window).allowed, true);
  const { allowed, resetMs } = log.take("a", window);
  assert.is(allowed, false);
  now += resetMs + 1;
  assert.is(log.take("a", window).allowed, true);
  assert.is(log.take("b", window).allowed, true);
});

test("what is given back does not count", () => {
  const log = new MemoryWindow(() => 0);
  const window = { count: 1, windowMs: 1_000 };
  log.giveBack("a", log.take("a", window).entry);
  assert.is(log.take("a", window).allowed, true);
  assert.is(log.take("a", window).allowed, false);
});

test("a call that counts in several windows counts in none of them when one that is binding is full", () => {
  const log = new MemoryWindow(() => 0);
  const ask = (key: string, count: number, binding = true) => ({ key, window: { count, windowMs: 1_000 }, binding });
  const allowed = (...asks: ReturnType<typeof ask>[]) => log.takeAll(asks).map((verdict) => verdict.allowed);
  assert.equal(allowed(ask("wide", 3), ask("narrow", 1)), [true, true]);
  assert.equal(allowed(ask("wide", 3), ask("narrow", 1)), [true, false]);
  assert.equal(
    log.takeAll([ask("wide", 3), ask("narrow", 1, false)]).map(({ remaining }) => remaining),
    [1, 0],
  );
});

test("a bucket lets a burst through, and then as many as flow in", () => {
  let now = 0;
  const buckets = new TokenBuckets(() => now);
  const bucket = { perSecond: 500, burst: 2_000 };
  const passed = () =>
    Array.from({ length: 5_000 }, () => buckets.take("a", bucket)).filter((waitMs) => waitMs === 0).length;
  assert.is(passed(), 2_000);
  assert.is(buckets.take("a", bucket), 2);
  assert.is(buckets.take("b", bucket), 0);
  now = 1_000;
  assert.is(passed(), 500);
});

test("only a trusted proxy is believed, and of what it says the last address that is none of ours", () => {
  const proxies = parseNetworks("10.0.0.0/8, ::1, 2001:db8::/32");
  assert.is(clientAddress("203.0.113.9", "198.51.100.1", proxies), "203.0.113.9");
  assert.is(clientAddress("10.0.0.1", "198.51.100.1", proxies), "198.51.100.1");
  assert.is(clientAddress("::ffff:10.0.0.1", "6.6.6.6, 198.51.100.1, 10.9.9.9", proxies), "198.51.100.1");
  assert.is(clientAddress("::1", "198.51.100.1, nonsense", proxies), "::1");
  assert.is(clientAddress("10.0.0.1", "6.6.6.6, 198.51.100.1:40512", proxies), "198.51.100.1");
  assert.is(clientAddress("10.0.0.1", "198.51.100.1, 10.0.0.7:443", proxies), "198.51.100.1");
  assert.is(clientAddress("::1", "[2001:db8::1]:443", proxies), "2001:db8::1");
  assert.is(clientAddress("::1", "[2001:db8::1]", proxies), "2001:db8::1");
  assert.is(clientAddress("10.0.0.1", "[::ffff:198.51.100.1]:443", proxies), "198.51.100.1");
  const strange: string[] = [];
  for (const hop of ["unknown", "198.51.100.1:x", "[nonsense]:1"])
    assert.is(
      clientAddress("10.0.0.1", hop, proxies, (one) => strange.push(one)),
      "10.0.0.1",
    );
  assert.equal(strange, ["unknown", "198.51.100.1:x", "[nonsense]:1"]);
  assert.is(clientAddress("10.0.0.1", undefined, proxies), "10.0.0.1");
  assert.is(clientAddress("10.0.0.1", "10.0.0.2", proxies), "10.0.0.2");
  assert.is(clientAddress("::ffff:203.0.113.9", "1.2.3.4", parseNetworks(undefined)), "203.0.113.9");
});

test("all addresses of one IPv6 network are one, an IPv4 address is itself", () => {
  assert.is(networkOf("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  assert.is(networkOf("2001:0db8:0001:0002::1"), "2001:db8:1:2::/64");
  assert.is(networkOf("2001:db8::1"), "2001:db8:0:0::/64");
  assert.is(networkOf("::1"), "0:0:0:0::/64");
  assert.is(networkOf("203.0.113.9"), "203.0.113.9");
});

test("all networks of one IPv6 site are one; for shares, the neighbours of an IPv4 address are, too", () => {
  assert.equal(["2001:db8:1:2::1", "2001:0db8:0001:ffff::9"].map(siteOf), ["2001:db8:1::/48", "2001:db8:1::/48"]);
  assert.is(siteOf("203.0.113.9"), "203.0.113.9");
  assert.equal(["203.0.113.9", "203.0.113.200"].map(neighbourhoodOf), ["203.0.113.0/24", "203.0.113.0/24"]);
  assert.is(neighbourhoodOf("2001:db8:1:2::1"), "2001:db8:1::/48");
});

test.run();
