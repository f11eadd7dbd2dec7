/** Messages are changed: by their authors, seen by the others, refused with a reason. */
import assert from "node:assert/strict";
import { refuseIn } from "../harness/refusals.js";
import { history } from "../harness/history.js";
import { scene } from "../harness/scene.js";
import { until } from "../harness/until.js";

scene("an edit and a deletion are seen by the other", async (s) => {
  const anna = await s.enter("anna");
  const ben = await s.enter("ben");
  await anna.say("The meeting is at nine");
  await anna.say("This was a mistake");
  await ben.sees("This was a mistake");

  await anna.choose("The meeting is at nine", "Edit");
  const editing = anna.page.getByRole("textbox", { name: "Editing your message" });
  assert.equal(await editing.inputValue(), "The meeting is at nine");
  await editing.fill("The meeting is at ten");
  await anna.page.getByRole("button", { name: "Save changes" }).click();
  await ben.sees("The meeting is at ten (edited)");
  assert.equal(await ben.row("at nine").count(), 0);

  await anna.choose("This was a mistake", "Delete");
  const question = anna.page.getByRole("alertdialog", { name: "Delete this message?" });
  await question.getByText("This was a mistake").waitFor();
  await question.getByRole("button", { name: "Delete" }).click();
  await ben.sees("Message deleted");
  assert.equal(await ben.row("This was a mistake").count(), 0);
  assert.deepEqual(await ben.conversation(), ["The meeting is at ten (edited)", "Message deleted"]);
  assert.equal((await history(s.server.address))[1].text, "", "the log forgot the text");
});

scene("an edit of a message that was deleted meanwhile says why, and keeps what was written until it is discarded", async (s) => {
  const here = await s.enter("anna");
  const there = await s.enter("anna"); // the same person in another browser
  s.expectBreaks();
  for (const text of ["Meet at nine", "Bring cake"]) await here.say(text);
  await there.sees("Bring cake");
  const refused = "The change was not saved: This message has been deleted.";

  // The deletion is seen while the edit is being written.
  await edit(here, "Bring cake", "Bring cake and tea");
  await remove(there, "Bring cake");
  await here.sees("Message deleted");
  await here.page.keyboard.press("Enter");
  await here.row("Bring cake and tea").getByText(refused).waitFor();

  // It is not, because there is no connection.
  await edit(here, "Meet at nine", "Meet at ten");
  here.network.cut();
  await remove(there, "Meet at nine");
  await there.sees("Message deleted");
  await here.page.keyboard.press("Enter");
  await here.row("Meet at ten").getByText("Waits for the connection").waitFor();
  here.network.restore();
  await here.row("Meet at ten").getByText(refused).waitFor();
  assert.match(await here.focused(), /^TEXTAREA Message #general/u);

  for (const text of ["Meet at ten", "Bring cake and tea"]) {
    const buttons = here.row(text).getByRole("button");
    assert.deepEqual(await buttons.allTextContents(), ["Copy text", "Discard"], "what cannot help is not offered");
    await buttons.filter({ hasText: "Discard" }).click();
    assert.notEqual(await here.focused(), "nothing");
  }
  for (const anna of [here, there]) {
    await until("both messages are deleted", async () => String(await anna.conversation()) === "Message deleted,Message deleted");
  }
});

scene("others' messages cannot be changed, and a deleted one offers nothing", async (s) => {
  const anna = await s.enter("anna");
  const ben = await s.enter("ben");
  await anna.say("Hands off");
  await anna.say("Gone soon");
  await ben.sees("Gone soon");
  await remove(anna, "Gone soon");
  await ben.row("Hands off").hover();
  assert.deepEqual(await namesOf(ben.row("Hands off").getByRole("button")), ["Copy text"]);
  await ben.row("Message deleted").hover();
  assert.deepEqual(await namesOf(ben.row("Message deleted").getByRole("button")), []);
});

scene("arrow up in an empty composer edits the last own message; Escape gives the draft back", async (s) => {
  const anna = await s.enter("anna");
  const ben = await s.enter("ben");
  await anna.say("from anna");
  await anna.sees("from anna");
  await ben.say("from ben");
  await anna.sees("from ben");
  await anna.composer.press("ArrowUp");
  const editing = anna.page.getByRole("textbox", { name: "Editing your message" });
  assert.equal(await editing.inputValue(), "from anna");
  await editing.fill("changed my mind");
  await editing.press("Escape");
  await anna.composer.waitFor();
  assert.match(await anna.focused(), /Message #general/u);
  assert.equal(await anna.composer.inputValue(), "");
  assert.deepEqual(await ben.conversation(), ["from anna", "from ben"]);

  await anna.composer.fill("half a draft");
  await anna.choose("from anna", "Edit");
  await editing.fill("from anna, corrected");
  await editing.press("Enter");
  await ben.sees("from anna, corrected");
  assert.equal(await anna.composer.inputValue(), "half a draft");
});

scene("a text over the limit says so and cannot be sent", async (s) => {
  const anna = await s.enter("anna");
  await anna.composer.fill("x".repeat(3_700));
  await anna.page.getByText("300 characters left").waitFor();
  await anna.composer.fill("x".repeat(4_001));
  await anna.page.getByText("Too long: 4,001 of 4,000 characters.").waitFor();
  assert.ok(await anna.page.getByRole("button", { name: "Send" }).isDisabled());
  await anna.composer.press("Enter");
  assert.equal((await anna.composer.inputValue()).length, 4_001, "the text stays");
  await anna.composer.fill("🦜".repeat(4_000)); // characters as the server counts them
  await anna.page.getByText("0 characters left").waitFor();
  await anna.composer.press("Enter");
  await anna.sees("🦜");
  await until("it is acknowledged", () => anna.settled());
  assert.deepEqual((await history(s.server.address)).map((message) => [...message.text].length), [4_000]);
});

scene("a refused message says why, and can be tried again, edited and deleted", async (s) => {
  const anna = await s.arrive("anna");
  let refusing = true;
  await refuseIn(anna.page, (request) => request.type === "send" && refusing && { code: "internal", message: "Something went wrong here." });
  await anna.page.reload();
  await anna.enter();
  for (const text of ["first", "second", "third"]) await anna.say(text);
  for (const text of ["first", "second", "third"]) await anna.row(text).getByText("Something went wrong here.").waitFor();
  refusing = false;
  await anna.row("first").getByRole("button", { name: "Retry" }).click();
  await anna.row("second").getByRole("button", { name: "Edit" }).click();
  await anna.page.getByRole("textbox", { name: "Editing your message" }).fill("second, again");
  await anna.page.keyboard.press("Enter");
  await anna.row("third").getByRole("button", { name: "Delete" }).click();
  await until("two of them are in the log", async () => (await history(s.server.address)).length === 2);
  await until("the page agrees", async () => (await anna.conversation()).join("; ") === "first; second, again");
});

/** Begins to edit a message, and does not save it yet. */
async function edit(person, text, changed) {
  await person.choose(text, "Edit");
  await person.page.getByRole("textbox", { name: "Editing your message" }).fill(changed);
}

async function remove(person, text) {
  await person.choose(text, "Delete");
  await person.page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
}

function namesOf(buttons) {
  return buttons.evaluateAll((found) => found.map((button) => button.getAttribute("aria-label")));
}
