/** axe finds nothing wrong, wherever people come, in both themes. */
import assert from "node:assert/strict";
import { violations } from "../harness/axe.js";
import { takeOver } from "../harness/elsewhere.js";
import { refuseIn } from "../harness/refusals.js";
import { scene } from "../harness/scene.js";
import { talkative } from "../harness/setting.js";

const phone = { viewport: { width: 380, height: 780 }, hasTouch: true, isMobile: true };

for (const colorScheme of ["light", "dark"]) {
  scene(`axe finds nothing on the way in and in a conversation, ${colorScheme}`, async (s) => {
    const look = looker();
    const context = await s.browser({ colorScheme });
    await talkative(await s.enter("ben"));
    const anna = await s.arrive("anna", { context });
    await look(anna, "the entry");
    await anna.page.keyboard.press("Enter");
    await anna.page.getByRole("alert").filter({ hasText: "Type a name to enter." }).waitFor();
    await look(anna, "the entry without a name");
    await anna.enter();
    await anna.sees("Shown last");
    await look(anna, "a conversation");
    await anna.row("Shown last").hover();
    await look(anna, "the actions of a message");
    await anna.composer.fill("x".repeat(4_001));
    await look(anna, "a text that is too long");
    await anna.composer.fill("");
    look.done();
  });

  scene(`axe finds nothing in dialogs and menus, ${colorScheme}`, async (s) => {
    const look = looker();
    const anna = await s.enter("anna", { context: await s.browser({ colorScheme }) });
    const { page } = anna;
    await anna.say("A message to act on");
    await anna.sees("A message to act on");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("Some new name");
    await page.getByRole("option", { name: "Create #some-new-name" }).waitFor();
    await look(anna, "the switcher");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Create a channel" }).waitFor();
    await look(anna, "the form for a channel");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+/");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await look(anna, "the help");
    await page.keyboard.press("Escape");
    for (const name of [/You: anna/u, "About #general", "Options for #general"]) {
      await page.getByRole("button", { name }).click();
      await page.getByRole("menu").waitFor();
      await look(anna, `the menu ${name}`);
      await page.keyboard.press("Escape");
      await page.getByRole("menu").waitFor({ state: "detached" });
    }
    await anna.choose("A message to act on", "Delete");
    await page.getByRole("alertdialog").waitFor();
    await look(anna, "the question before deleting");
    await page.keyboard.press("Escape");
    await anna.choose("A message to act on", "Edit");
    await look(anna, "editing");
    look.done();
  });

  scene(`axe finds nothing when things are broken, ${colorScheme}`, async (s) => {
    const look = looker();
    const anna = await s.arrive("anna", { context: await s.browser({ colorScheme }) });
    await refuseIn(anna.page, (request) => request.type === "send" && request.text === "refused" && { code: "internal", message: "Something went wrong here." });
    await anna.page.reload();
    await anna.enter();
    s.expectBreaks();
    await anna.say("refused");
    await anna.row("refused").getByText("Something went wrong here.").waitFor();
    anna.network.cut();
    await anna.say("waiting");
    await anna.connectionLine.waitFor();
    await anna.row("waiting").getByText("Waits for the connection").waitFor();
    await look(anna, "the line about the connection, a failed and a pending message");
    anna.network.restore();
    await anna.connectionLine.waitFor({ state: "detached", timeout: 30_000 });
    await takeOver(s.server.address, anna);
    await anna.page.getByRole("button", { name: "Use it here" }).waitFor();
    await look(anna, "replaced");
    look.done();
  });

  scene(`axe finds nothing on a phone, ${colorScheme}`, async (s) => {
    const look = looker();
    const anna = await s.arrive("anna", { context: await s.browser({ colorScheme, ...phone }) });
    await look(anna, "the entry");
    await anna.enter();
    await anna.say("A message to hold");
    await anna.sees("A message to hold");
    await look(anna, "a conversation");
    await anna.hold("A message to hold");
    await anna.page.getByRole("dialog", { name: "Message actions" }).waitFor();
    await look(anna, "the sheet of a message");
    await anna.page.keyboard.press("Escape");
    await anna.page.getByRole("button", { name: "Channels" }).click();
    await anna.page.getByRole("navigation", { name: "Channels" }).waitFor();
    await look(anna, "the list of channels");
    look.done();
  });
}

/** Looks at pages, and fails in the end with all that was found. */
function looker() {
  const found = [];
  const look = async (person, where) => {
    for (const violation of await violations(person.page)) found.push(`${where}: ${violation}`);
  };
  look.done = () => assert.deepEqual(found, []);
  return look;
}
