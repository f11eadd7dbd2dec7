/** The browser: one process for all tests of a file. */
import { after } from "node:test";
import { chromium } from "playwright-core";
import { chromiumProgram } from "./paths.js";

const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP parley.test 127.0.0.1", // a name that is not trusted as localhost is
];
let running;

/** The browser, started when it is first asked for. */
export function browser() {
  running ??= chromium.launch({ executablePath: chromiumProgram(), headless: true, args });
  return running;
}

after(async () => {
  const launched = await running?.catch(() => undefined); // whoever asked for it has failed already
  await launched?.close();
});
