/** Keys by the names that people read on theirs. */
import { t } from "../text/text";

const isMac = (): boolean => /Mac|iPhone|iPad/u.test(navigator.userAgent);

/** "Ctrl" or "⌘". */
export function ctrlOrCmd(): string {
  return t(isMac() ? "keys.cmd" : "keys.ctrl");
}

/** The name for a key as KeyboardEvent calls it; Mod is Ctrl or ⌘. */
export function keyName(key: string): string {
  switch (key) {
    case "Mod":
      return ctrlOrCmd();
    case "Alt":
      return t(isMac() ? "keys.option" : "keys.alt");
    case "Shift":
      return t("keys.shift");
    case "Escape":
      return t("keys.esc");
    case "Enter":
      return t("keys.enter");
    case "ArrowUp":
      return t("keys.up");
    case "ArrowDown":
      return t("keys.down");
    case "PageUp":
      return t("keys.pageUp");
    case "PageDown":
      return t("keys.pageDown");
    case "Home":
      return t("keys.home");
    case "End":
      return t("keys.end");
    default:
      return key;
  }
}

/** Whether the event has Ctrl or ⌘ and nothing else held. */
export function withMod(event: KeyboardEvent): boolean {
  return (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
}
