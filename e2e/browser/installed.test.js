/** Two people chat in browsers with what runs at $PARLEY_URL: the suites of compose and of the cluster run this. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { browser } from "./harness/chromium.js";
import { Person } from "./harness/person.js";
import { until } from "./harness/until.js";

const url = process.env.PARLEY_URL;

/** What a browser says of every page that came by plain HTTP from another machine. */
const untrustworthy = /Cross-Origin-Opener-Policy header has been ignored, because the URL's origin was untrustworthy/;

async function arrive(name) {
  const context = await (await browser()).newContext();
  const person = await Person.at(await context.newPage(), name);
  if (!/^https:|^http:\/\/(localhost|127\.)/.test(url)) person.watch.expect(untrustworthy);
  await person.page.goto(url);
  await person.enter();
  return person;
}

test("two people see what each other says, also after a reload", { timeout: 90_000 }, async () => {
  const [anna, ben] = [await arrive("anna"), await arrive("ben")];
  await anna.say("Hello from a browser");
  await ben.sees("Hello from a browser");
  await ben.say("Hello back");
  await anna.sees("Hello back");
  await until("all is acknowledged", async () => (await anna.settled()) && (await ben.settled()));
  await anna.page.reload();
  await anna.composer.waitFor();
  await anna.sees("Hello back");
  for (const { name, watch } of [anna, ben]) assert.deepEqual(watch.problems, [], `in the page of ${name}`);
});
