import type { TabMessage, Tabs } from "./deps.ts";

const NAME = "parley";
/** How long a page that is being reloaded may take to let go of its session, in milliseconds. */
const LETTING_GO = 300;
/** How long living tabs have to answer, in milliseconds. */
const ANSWERING = 500;

type Posted = TabMessage | { type: "who"; sessions: readonly string[] } | { type: "here"; session: string };

/**
 * The other tabs, by Web Locks where the browser has them: a lock ends with its page, however that ended. On plain http
 * there are none; then tabs are asked over a BroadcastChannel, and one that sleeps may be taken for dead. That does no
 * harm: who adopts its outbox sends the same nonces.
 */
export function browserTabs(
  locks: LockManager | null = "locks" in navigator ? navigator.locks : null,
  channel: BroadcastChannel | null = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(NAME),
): Tabs {
  const mine = new Set<string>();
  const listeners = new Set<(message: TabMessage) => void>();
  const here = new Set<(session: string) => void>();
  const release = new AbortController();
  const post = (message: Posted) => channel?.postMessage(message);

  const received = (event: MessageEvent<Posted>) => {
    const message = event.data;
    if (message.type === "who") {
      for (const session of message.sessions) if (mine.has(session)) post({ type: "here", session });
    } else if (message.type === "here") for (const answer of here) answer(message.session);
    else for (const listener of listeners) listener(message);
  };
  channel?.addEventListener("message", received);

  /** Those of the sessions that a tab says it has. */
  async function living(sessions: readonly string[]): Promise<Set<string>> {
    const found = new Set<string>();
    if (!channel) return found;
    const note = (session: string) => found.add(session);
    here.add(note);
    post({ type: "who", sessions });
    await new Promise((resolve) => setTimeout(resolve, ANSWERING));
    here.delete(note);
    return found;
  }

  return {
    async claim(session) {
      const free = locks ? await hold(locks, lockOf(session), release.signal) : !(await living([session])).has(session);
      if (free) mine.add(session);
      return free;
    },
    async dead(sessions) {
      const held = locks ? await heldOf(locks) : await living(sessions);
      return sessions.filter((session) => !held.has(session));
    },
    post,
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      release.abort();
      channel?.removeEventListener("message", received);
      channel?.close();
    },
  };
}

const lockOf = (session: string) => `${NAME}:session:${session}`;

/** Takes a lock until `released`; false when somebody keeps it. */
function hold(locks: LockManager, name: string, released: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const waiting = AbortSignal.timeout(LETTING_GO);
    locks
      .request(name, { signal: waiting }, () => {
        resolve(true);
        return new Promise<void>((done) => released.addEventListener("abort", () => done(), { once: true }));
      })
      .catch(() => resolve(false)); // the wait was over first
  });
}

/** The sessions whose locks are held. */
async function heldOf(locks: LockManager): Promise<Set<string>> {
  const { held } = await locks.query();
  return new Set((held ?? []).flatMap(({ name }) => (name?.startsWith(lockOf("")) ? [name.slice(lockOf("").length)] : [])));
}
