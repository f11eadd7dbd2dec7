import { browserEnvironment } from "../connection/browser.ts";
import { browserTabs } from "./browserTabs.ts";
import type { ChatDeps, KeyValue } from "./deps.ts";
import { IndexedDbOutbox } from "./outbox/indexedDb.ts";

/** The world as a browser gives it. */
export function browserDeps(): ChatDeps {
  return {
    connection: browserEnvironment(),
    fillRandom: (bytes) => crypto.getRandomValues(bytes),
    schedule: nextFrame,
    local: keyValue(() => window.localStorage),
    session: keyValue(() => window.sessionStorage),
    outbox: new IndexedDbOutbox(),
    tabs: browserTabs(),
    page: {
      attentive: () => document.visibilityState === "visible" && document.hasFocus(),
      onHide: (hide) => {
        const hidden = () => {
          if (document.visibilityState === "hidden") hide();
        };
        window.addEventListener("pagehide", hide);
        document.addEventListener("visibilitychange", hidden);
        return () => {
          window.removeEventListener("pagehide", hide);
          document.removeEventListener("visibilitychange", hidden);
        };
      },
    },
    fetchLatest: async () => {
      const response = await fetch("/messages", { headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(`GET /messages answered ${response.status}`);
      return (await response.json()) as unknown;
    },
  };
}

/** The longest that news may wait when no frame comes, in milliseconds. */
const WITHOUT_FRAMES = 100;

/** With the next frame; a page that is hidden has none, but its title and badge still change. */
function nextFrame(run: () => void): void {
  if (document.visibilityState === "hidden") {
    setTimeout(run, WITHOUT_FRAMES);
    return;
  }
  let ran = false;
  const once = () => {
    if (ran) return;
    ran = true;
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    run();
  };
  const frame = requestAnimationFrame(once);
  const timer = setTimeout(once, WITHOUT_FRAMES); // the page may be hidden before the frame comes
}

/** Asks for the storage at every use: even naming it may be refused. */
function keyValue(storage: () => Storage): KeyValue {
  return {
    get: (key) => storage().getItem(key),
    set: (key, value) => storage().setItem(key, value),
    remove: (key) => storage().removeItem(key),
    keys: () => Object.keys(storage()),
  };
}
