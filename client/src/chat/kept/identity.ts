import { type FillRandom, randomId } from "../../protocol/nonce.ts";
import type { Tabs } from "../deps.ts";
import { fields, type Kept } from "./kept.ts";

/** How many names of this browser are remembered with their sender. */
const MOST_NAMES = 20;
const SESSION_LENGTH = 16;

/** Who this tab is: its session, and the name that it goes on with. */
export class Identity {
  private claimed: Promise<string> | null = null;

  constructor(
    private readonly tab: Kept,
    private readonly browser: Kept,
    private readonly tabs: Tabs,
    private readonly fill: FillRandom,
  ) {}

  /**
   * This tab's session: the one from before a reload, or a new one. A duplicated tab starts with a copy of what the
   * first one kept, and must not replace its connection, so the copy is used only when no other tab holds it.
   */
  session(): Promise<string> {
    this.claimed ??= this.claim();
    return this.claimed;
  }

  /** The name of this tab before a reload, else the one last used in this browser. */
  kept(): { user: string; here: boolean } | null {
    const here = this.tab.read("user");
    if (typeof here === "string") return { user: here, here: true };
    const last = this.browser.read("last");
    return typeof last === "string" ? { user: last, here: false } : null;
  }

  /** The sender that the server gave to this name, if it is known. */
  sender(user: string): string | null {
    const sender = fields(this.browser.read("names"))[user];
    return typeof sender === "string" ? sender : null;
  }

  welcomed(user: string, sender: string): void {
    this.tab.write("user", user);
    this.browser.write("last", user);
    const others = Object.entries(fields(this.browser.read("names"))).filter(([name]) => name !== user);
    this.browser.write("names", Object.fromEntries([...others.slice(-MOST_NAMES + 1), [user, sender]]));
  }

  /** This tab does not go on with its name by itself. */
  refused(): void {
    this.tab.remove("user");
  }

  /** Nobody who comes next sees the name. */
  forget(user: string): void {
    this.tab.remove("user");
    if (this.browser.read("last") === user) this.browser.remove("last");
    const others = Object.entries(fields(this.browser.read("names"))).filter(([name]) => name !== user);
    this.browser.write("names", Object.fromEntries(others));
  }

  private async claim(): Promise<string> {
    const before = this.tab.read("session");
    if (typeof before === "string" && /^[\w-]{1,36}$/.test(before) && (await this.tabs.claim(before))) return before;
    const session = randomId(this.fill, SESSION_LENGTH);
    this.tab.write("session", session);
    await this.tabs.claim(session);
    return session;
  }
}
