/**
 * Says in one line that Node is too old, before a newer one's syntax breaks with a page of errors.
 *
 * Plain CommonJS in old words: any Node must be able to run it.
 */
"use strict";

var NEEDED = 24;
if (Number(process.versions.node.split(".")[0]) < NEEDED) {
  console.error(
    "Node " +
      process.versions.node +
      " is too old; Bodega needs Node " +
      NEEDED +
      ". " +
      "Run `npm run setup`, which brings it for Linux, or install it from https://nodejs.org.",
  );
  process.exit(1);
}
