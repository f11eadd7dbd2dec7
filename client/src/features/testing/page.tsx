/** Renders features in jsdom with a chat in memory, and fills in what jsdom lacks of a page. */
import { render, type RenderResult } from "@testing-library/react";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import type { ReactNode } from "react";
import { vi } from "vitest";
import { ChatContext } from "../bridge";
import { createPreferences, PreferencesContext, type PreferencesStore } from "../preferences/preferences";
import { createUi, UiContext, type Ui } from "../ui/ui";
import { createMemoryChat, type MemoryChat, type MemoryOptions } from "./memoryChat";

export interface Page extends RenderResult {
  chat: MemoryChat;
  ui: Ui;
  preferences: PreferencesStore;
  user: UserEvent;
}

/** Renders `children` over a memory chat. `advance`: how user events pass time when timers are faked. */
export function renderPage(children: ReactNode, options: MemoryOptions = {}, advance?: (ms: number) => void): Page {
  fillIn();
  const chat = createMemoryChat(options);
  const ui = createUi();
  const preferences = createPreferences(null);
  const user = userEvent.setup(advance ? { advanceTimers: advance } : {});
  const result = render(
    <ChatContext value={chat}>
      <UiContext value={ui}>
        <PreferencesContext value={preferences}>{children}</PreferencesContext>
      </UiContext>
    </ChatContext>,
  );
  return { ...result, chat, ui, preferences, user };
}

/** jsdom lays nothing out: nothing is observed, every media query is false, every CSS feature there. */
function fillIn(): void {
  vi.stubGlobal("ResizeObserver", class {
    observe = () => undefined;
    unobserve = () => undefined;
    disconnect = () => undefined;
  });
  vi.stubGlobal("CSS", { supports: () => true, escape: (text: string) => text.replace(/[^\w-]/gu, (char) => `\\${char}`) });
  Element.prototype.scrollIntoView = () => undefined;
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: () => undefined, removeEventListener: () => undefined }));
}
