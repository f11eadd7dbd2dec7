import { act } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { renderPage } from "../testing/page";
import { LiveRegion } from "./LiveRegion";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("speaks of the open channel only, and never of what was there before", () => {
  const { chat, container } = renderPage(<LiveRegion />, { rows: { general: [], releases: [] } });
  const region = container.querySelector("[aria-live=polite]");
  act(() => {
    chat.say("releases", "jonas", "elsewhere");
    vi.advanceTimersByTime(5000);
  });
  expect(region?.textContent).toBe("");
  act(() => {
    chat.say("general", "anna", "here");
    vi.advanceTimersByTime(5000);
  });
  expect(region?.textContent).toBe("anna: here");
});
