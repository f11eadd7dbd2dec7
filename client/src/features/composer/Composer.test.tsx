import { act, fireEvent, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { makeRow, type MemoryOptions } from "../testing/memoryChat";
import { renderPage } from "../testing/page";
import { Composer } from "./Composer";

function open(options: MemoryOptions = {}) {
  const onSend = vi.fn();
  const onEdit = vi.fn();
  const page = renderPage(<Composer channel="general" onSend={onSend} onEdit={onEdit} />, options);
  const box = () => screen.getByRole<HTMLTextAreaElement>("textbox");
  return { ...page, onSend, onEdit, box, sendButton: () => screen.getByRole<HTMLButtonElement>("button", { name: "Send" }) };
}
const ownMessage = () => makeRow({ user: "mika", text: "The old words", seq: 7, at: 1, mine: true });

test("Enter sends, empties the field and keeps the focus", async () => {
  const { user, chat, box, onSend } = open();
  await user.type(box(), "Good morning{Enter}");
  expect(chat.calls).toEqual(["send general Good morning"]);
  expect(box().value).toBe("");
  expect(document.activeElement).toBe(box());
  expect(onSend).toHaveBeenCalledOnce();
});

test("Shift+Enter makes a new line, and pasted line breaks stay", async () => {
  const { user, chat, box } = open();
  await user.type(box(), "one{Shift>}{Enter}{/Shift}two ");
  await user.paste("three\nfour");
  await user.keyboard("{Enter}");
  expect(chat.calls).toEqual(["send general one\ntwo three\nfour"]);
});

test.each([{ isComposing: true }, { keyCode: 229 }])("Enter that ends a composition does not send: %o", (init) => {
  const { chat, box } = open();
  fireEvent.change(box(), { target: { value: "にほんご" } });
  fireEvent.keyDown(box(), { key: "Enter", ...init });
  expect(chat.calls).toEqual([]);
  fireEvent.keyDown(box(), { key: "Enter" });
  expect(chat.calls).toEqual(["send general にほんご"]);
});

test("white space alone is nothing to send", async () => {
  const { user, chat, box, sendButton } = open();
  await user.type(box(), "  {Enter}");
  expect(chat.calls).toEqual([]);
  expect(sendButton().disabled).toBe(true);
  await user.type(box(), "x");
  expect(sendButton().disabled).toBe(false);
  await user.click(sendButton());
  expect(chat.calls).toEqual(["send general   x"]);
  expect(document.activeElement).toBe(box());
});

test("the counter is silent until 90%, then counts down, then says by how much it is too long", () => {
  const { chat, box, sendButton } = open();
  const write = (value: string) => fireEvent.change(box(), { target: { value } });
  write("x".repeat(3599));
  expect(box()).toHaveProperty("ariaInvalid", null);
  expect(screen.queryByText(/characters/u)).toBeNull();
  write("x".repeat(3600));
  expect(screen.getByText("400 characters left")).toBeTruthy();
  write("😀".repeat(3999));
  expect(screen.getByText("1 character left")).toBeTruthy();
  write("x".repeat(5212));
  expect(screen.getByText("Too long: 5,212 of 4,000 characters.")).toBeTruthy();
  expect(sendButton().disabled).toBe(true);
  fireEvent.keyDown(box(), { key: "Enter" });
  expect(chat.calls).toEqual([]);
});

test("the draft is the channel's", async () => {
  const { user, chat, box } = open({ channels: { general: { draft: "begun yester" } } });
  expect(box().value).toBe("begun yester");
  await user.type(box(), "day");
  expect(chat.store.getState().channels.general?.draft).toBe("begun yesterday");
});

test("Up in the empty field edits the last own message that can be edited; the draft waits", async () => {
  const own = ownMessage();
  const gone = makeRow({ user: "mika", text: "", seq: 8, at: 2, mine: true, deleted: true });
  const other = makeRow({ user: "anna", text: "Hello", seq: 9, at: 3 });
  const { user, chat, box, onEdit } = open({ rows: { general: [own, gone, other] } });
  await user.click(box());
  await user.keyboard("{ArrowUp}");
  expect(box().value).toBe("The old words");
  expect(document.activeElement).toBe(box());
  expect(onEdit).toHaveBeenCalledWith(own.id);
  await user.clear(box());
  await user.type(box(), "The new words{Enter}");
  expect(chat.calls).toEqual([`edit general ${own.id} The new words`]);
  expect(screen.getByRole("button", { name: "Send" })).toBeTruthy();
  expect(document.activeElement).toBe(box());
});

test("Up in a field with text moves the caret and nothing else", async () => {
  const { user, box } = open({ rows: { general: [ownMessage()] } });
  await user.type(box(), "text{ArrowUp}");
  expect(box().value).toBe("text");
});

test("Escape cancels editing and brings the draft back", async () => {
  const own = ownMessage();
  const { user, chat, ui, box } = open({ rows: { general: [own] }, channels: { general: { draft: "half a thought" } } });
  act(() => ui.edit({ channel: "general", id: own.id, text: own.text, resend: false }));
  await user.type(box(), " changed{Escape}");
  expect(box().value).toBe("half a thought");
  expect(chat.calls).toEqual([]);
});

test("saving unchanged text sends nothing; saving no text asks to delete", async () => {
  const own = ownMessage();
  const { user, chat, ui, box } = open({ rows: { general: [own] } });
  act(() => ui.edit({ channel: "general", id: own.id, text: own.text, resend: false }));
  await user.type(box(), "{Enter}");
  expect(chat.calls).toEqual([]);
  act(() => ui.edit({ channel: "general", id: own.id, text: own.text, resend: false }));
  await user.clear(box());
  await user.keyboard("{Enter}");
  expect(ui.store.getState().dialog).toEqual({ kind: "delete", channel: "general", id: own.id });
});

test("a failed message that is edited is sent anew", async () => {
  const failed = makeRow({ user: "mika", text: "too long", seq: 0, at: 1, mine: true, change: "send", sending: { state: "failed", code: "x", message: "No.", retry: false } });
  const { user, chat, box } = open({ rows: { general: [failed] } });
  await user.click(box());
  await user.keyboard("{ArrowUp}");
  await user.type(box(), " no more{Enter}");
  expect(chat.calls).toEqual([`discard general ${failed.id}`, "send general too long no more"]);
});
