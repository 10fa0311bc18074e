/**
 * Webhooks never reach what only this machine or its network can reach, however it is spelled.
 *
 * Method: a table of hostile addresses, through the same guard that admins' wishes and each attempt pass.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Failure } from "../../src/platform/errors/failure.ts";
import { parseNetworks } from "../../src/platform/config/ip-networks.ts";
import { AddressGuard } from "../../src/domains/notification/webhook/address-guard.ts";
import { thrown } from "../support/call.ts";

const guard = new AddressGuard({ allowed: parseNetworks(undefined) });

const HOSTILE = [
  "http://127.0.0.1/",
  "http://127.1/",
  "http://2130706433/",
  "http://0x7f000001/",
  "http://0x7f.0.0.1/",
  "http://0177.0.0.1/",
  "http://017700000001/",
  "http://127.0.0.1./",
  "http://①②⑦.⓪.⓪.①/",
  "http://%31%32%37.0.0.1/",
  "http://public.example@127.0.0.1/",
  "http://localhost/",
  "http://LOCALHOST:9090/",
  "http://localhost./",
  "http://shop.localhost/",
  "http://0.0.0.0/",
  "http://0/",
  "http://0.1.2.3/",
  "http://10.0.0.1/",
  "http://10.255.255.255/",
  "http://172.16.0.1/",
  "http://172.31.255.255/",
  "http://192.168.0.1/",
  "http://100.64.0.1/",
  "http://100.100.100.200/",
  "http://100.127.255.255/",
  "http://169.254.169.254/latest/meta-data/",
  "http://0xa9fea9fe/",
  "http://168.63.129.16/",
  "http://192.0.0.192/",
  "http://192.0.2.1/",
  "http://192.88.99.1/",
  "http://198.18.0.1/",
  "http://198.51.100.1/",
  "http://203.0.113.1/",
  "http://224.0.0.1/",
  "http://239.255.255.250/",
  "http://240.0.0.1/",
  "http://255.255.255.255/",
  "http://[::]/",
  "http://[::1]/",
  "http://[0:0:0:0:0:0:0:1]/",
  "http://[::127.0.0.1]/",
  "http://[::ffff:127.0.0.1]/",
  "http://[::ffff:7f00:1]/",
  "http://[::ffff:8.8.8.8]/",
  "http://[::ffff:0:127.0.0.1]/",
  "http://[64:ff9b::7f00:1]/",
  "http://[64:ff9b::10.0.0.1]/",
  "http://[64:ff9b:1::1]/",
  "http://[100::1]/",
  "http://[2001::1]/",
  "http://[2001:db8::1]/",
  "http://[2002:7f00:1::]/",
  "http://[3fff::1]/",
  "http://[5f00::1]/",
  "http://[fc00::1]/",
  "http://[fd00:ec2::254]/",
  "http://[fe80::1]/",
  "http://[fec0::1]/",
  "http://[ff02::1]/",
  "http://[fe80::1%25eth0]/",
  "http://",
  "http://999.1.1.1/",
];

const PUBLIC = [
  "https://shop.example/hook?a=1",
  "http://8.8.8.8:8080/",
  "http://172.15.255.255/",
  "http://172.32.0.1/",
  "http://100.63.255.255/",
  "http://100.128.0.1/",
  "http://192.0.1.1/",
  "http://223.255.255.255/",
  "http://[2606:4700:4700::1111]/",
  "https://localhost.example/",
  "https://notlocalhost/",
];

for (const url of HOSTILE) {
  test(`${url} is refused when it is given, and when it is called`, async () => {
    const refusal = await thrown((async () => guard.requireCallable(url, "webhook.url"))());
    assert.ok(refusal instanceof Failure && refusal.reason === "INVALID_FIELDS", String(refusal));
    assert.equal(
      refusal.violations.map(({ field }) => field),
      ["webhook.url"],
    );
    const parsed = URL.parse(url);
    // Names of the machine itself are resolved as every other name.
    if (parsed !== null && !parsed.hostname.includes("localhost")) {
      assert.match(String(await thrown(guard.addressesOf(parsed))), "which webhooks may not call");
    }
  });
}

for (const url of PUBLIC) {
  test(`${url} may be given`, () => guard.requireCallable(url, "webhook.url"));
}

test("a name of the machine itself is refused when it is called, as the system resolves it", async () => {
  assert.match(String(await thrown(guard.addressesOf(new URL("http://localhost/")))), "which webhooks may not call");
});

test("one forbidden address among those of a name is enough to refuse it; so is none at all", async () => {
  const resolving = (...addresses: string[]) =>
    new AddressGuard({
      allowed: parseNetworks(undefined),
      resolve: async () => addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    }).addressesOf(new URL("https://shop.example/"));
  assert.equal(await resolving("8.8.8.8", "2606:4700::1"), [
    { address: "8.8.8.8", family: 4 },
    { address: "2606:4700::1", family: 6 },
  ]);
  assert.match(String(await thrown(resolving("8.8.8.8", "10.0.0.1"))), "shop.example leads to 10.0.0.1");
  assert.match(String(await thrown(resolving("::ffff:10.0.0.1"))), "may not call");
  assert.match(String(await thrown(resolving("fe80::1%eth0"))), "may not call");
  assert.match(String(await thrown(resolving())), "has no address");
});

test("a network that is configured may be called, and nothing beside it", async () => {
  const allowing = new AddressGuard({ allowed: parseNetworks("10.1.0.0/16, fd12:3456::/32, 127.0.0.1") });
  for (const url of ["http://10.1.2.3/", "http://[fd12:3456::9]/", "http://127.0.0.1/", "http://localhost/"]) {
    allowing.requireCallable(url, "webhook.url");
  }
  for (const url of ["http://10.2.0.1/", "http://[fd12:3457::9]/", "http://127.0.0.2/", "http://[::1]/"]) {
    assert.throws(() => allowing.requireCallable(url, "webhook.url"), "private, local or reserved", url);
  }
});

test.run();
