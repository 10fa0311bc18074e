/** Seeds the test's database in a process of its own, as only that can be killed, and tells its parent each batch. */
import { openDatabase } from "../../src/platform/database/database.ts";
import { currencyOf } from "../../src/platform/wire/money.ts";
import { seed } from "../../src/development/seed/seed.ts";

const database = openDatabase({ url: process.env["TEST_DATABASE_URL"] ?? "", pool: 1, name: "test seeder" });
const onProgress = (done: number) => process.send?.(done);
await seed({ database, password: "bodega-dev", currency: currencyOf("USD"), onProgress });
await database.close();
