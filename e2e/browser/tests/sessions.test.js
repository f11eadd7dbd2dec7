/** One name in several places. */
import assert from "node:assert/strict";
import { sessionOf, takeOver } from "../harness/elsewhere.js";
import { scene } from "../harness/scene.js";
import { until } from "../harness/until.js";

const replaced = "You are in the chat in another window.";

scene("the same session elsewhere ends this one, with a sentence and a button that takes it back", async (s) => {
  const anna = await s.enter("anna");
  const elsewhere = await takeOver(s.server.address, anna);
  const alert = anna.page.getByRole("alert").filter({ hasText: replaced });
  await alert.waitFor();
  assert.equal(await anna.page.getByRole("textbox", { name: /^Message #/ }).count(), 0, "there is nowhere to write");
  assert.deepEqual(await alert.getByRole("button").allTextContents(), ["Use it here"]);
  await alert.getByRole("button", { name: "Use it here" }).click();
  await anna.composer.waitFor();
  await until("the other one was ended in turn", () => elsewhere.code === 4200);
  await anna.say("back here");
  await anna.sees("back here");
  await until("it is acknowledged", () => anna.settled());
});

scene("a tab opened as a copy of another is a session of its own", async (s) => {
  const context = await s.browser();
  const anna = await s.enter("anna", { context });
  const [copy] = await Promise.all([context.waitForEvent("page"), anna.page.evaluate(() => void window.open(location.href))]);
  const second = await s.join(copy, anna);
  await second.composer.waitFor();
  await second.say("from the copy");
  await anna.sees("from the copy");
  await anna.say("from the first");
  await second.sees("from the first");
  assert.notEqual(await sessionOf(second), await sessionOf(anna));
  await anna.page.reload();
  await anna.composer.waitFor();
  await anna.say("after a reload");
  await second.sees("after a reload");
  for (const each of [anna, second]) assert.equal(await each.page.getByText(replaced).count(), 0);
});

scene("a name in other letters than the one in use is refused where it is asked for", async (s) => {
  await s.enter("Anna");
  const other = await s.arrive("ANNA");
  await other.page.getByLabel("Your name").fill("ANNA");
  await other.page.keyboard.press("Enter");
  const alert = other.page.getByRole("alert").filter({ hasText: /\S/u });
  await alert.waitFor();
  s.say(await alert.textContent());
  assert.match(await other.focused(), /^INPUT/u);
  await other.page.getByLabel("Your name").fill("hanna");
  await other.page.keyboard.press("Enter");
  await other.composer.waitFor();
});

scene("the chat works on an address that browsers do not trust", async (s) => {
  const network = await s.network();
  const untrusted = network.origin.replace("127.0.0.1", "parley.test");
  // Chromium says so of every such address.
  const expected = /Cross-Origin-Opener-Policy header has been ignored/u;
  const anna = await s.arrive("anna", { network, origin: untrusted, expected });
  assert.equal(await anna.page.evaluate(() => isSecureContext), false);
  await anna.enter();
  await anna.say("plain http");
  await until("it is acknowledged", async () => (await anna.row("plain http").count()) === 1 && (await anna.settled()));
  await anna.page.reload();
  await anna.sees("plain http");
  await anna.choose("plain http", "Copy text");
  await anna.page.getByText("The browser did not allow copying.").waitFor();
});

scene("who leaves is forgotten by the browser", async (s) => {
  const anna = await s.enter("anna");
  await anna.composer.fill("a draft nobody should find");
  await anna.page.getByRole("button", { name: "You: anna" }).click();
  await anna.page.getByRole("menuitem", { name: "Leave chat" }).click();
  await anna.page.getByRole("alertdialog", { name: "Leave the chat?" }).getByRole("button", { name: "Leave chat" }).click();
  await anna.page.getByLabel("Your name").waitFor();
  assert.equal(await anna.page.getByLabel("Your name").inputValue(), "");
  const kept = await until("storage holds nothing of anna", async () => {
    const all = await anna.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    return !/anna|draft nobody/u.test(all) && all;
  });
  s.say(kept);
  await anna.page.reload();
  assert.equal(await anna.page.getByLabel("Your name").inputValue(), "");
});
