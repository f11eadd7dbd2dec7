import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { longConversation } from "../testing/conversation";
import { renderPage } from "../testing/page";
import { Entry } from "./Entry";

const field = () => screen.getByRole<HTMLInputElement>("textbox", { name: "Your name" });

test("enters with the name, and says what happens with it", async () => {
  const { user, chat } = renderPage(<Entry problem={null} />, { user: null });
  expect(document.activeElement).toBe(field());
  expect(screen.getByText(/This tab remembers it until you leave/u)).toBeTruthy();
  await user.type(field(), " mika ");
  await user.click(screen.getByRole("button", { name: "Enter chat" }));
  expect(chat.calls).toEqual(["enter mika"]);
});

test("a refusal stands under the field in the server's sentence and goes when one types", async () => {
  const sentence = "The name mika is taken while it is spelled Mika. Choose another one.";
  const { user, chat } = renderPage(<Entry problem={null} />, { user: null });
  chat.refuse("enter", sentence);
  await user.type(field(), "mika{Enter}");
  expect((await screen.findByRole("alert")).textContent).toBe(sentence);
  expect(field().getAttribute("aria-invalid")).toBe("true");
  expect(field().getAttribute("aria-describedby")).toContain(screen.getByRole("alert").id);
  await user.type(field(), "2");
  expect(screen.getByRole("alert").textContent).toBe("");
});

test("no name is not sent", async () => {
  const { user, chat } = renderPage(<Entry problem={null} />, { user: null });
  await user.type(field(), "   {Enter}");
  expect(chat.calls).toEqual([]);
  expect(screen.getByRole("alert").textContent).toBe("Type a name to enter.");
});

test("suggests the last name, selected so that typing replaces it", async () => {
  const { user } = renderPage(<Entry problem={null} />, { user: null, kept: { user: "anna", here: false } });
  expect(field().value).toBe("anna");
  await user.keyboard("jonas");
  expect(field().value).toBe("jonas");
});

test("shows the latest messages behind, out of the way of keys and screen readers", async () => {
  const { container } = renderPage(<Entry problem={null} />, { user: null, latest: longConversation(5, Date.now()) });
  expect(await screen.findAllByText(/\(5\)/u)).toHaveLength(1);
  const preview = container.querySelector(".preview");
  expect(preview?.getAttribute("aria-hidden")).toBe("true");
  expect(preview?.hasAttribute("inert")).toBe(true);
});

test("is whole without the latest messages", () => {
  renderPage(<Entry problem="The session has ended." />, { user: null });
  expect(screen.getByRole("alert").textContent).toBe("The session has ended.");
});
