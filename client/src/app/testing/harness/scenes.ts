/** The states worth looking at, each as a chat without a server. */
import { conversation, longConversation, torture } from "../../../features/testing/conversation";
import { createMemoryChat, type MemoryChat, type MemoryOptions } from "../../../features/testing/memoryChat";

const topic = "Everything that has no channel of its own";
const names = ["releases", "on-call", "storage", "web-client", "random"];

export type Scene = keyof typeof scenes;

export const scenes = {
  conversation: () => talk({}),
  outage: () => talk({ state: { link: { state: "waiting", since: Date.now() - 9000, retryAt: Date.now() + 4000, attempt: 2, offline: false } } }),
  offline: () => talk({ state: { link: { state: "waiting", since: Date.now() - 9000, retryAt: Date.now() + 4000, attempt: 2, offline: true } } }),
  replaced: () => talk({ state: { link: { state: "ended", code: "replaced", message: "Replaced by another connection." } } }),
  storage: () => talk({ state: { storageFailed: true } }),
  torture: () => talk({ rows: { general: torture(Date.now()) }, channels: {} }),
  long: () => talk({ rows: { general: longConversation(5000, Date.now()) }, channels: {} }),
  huge: () => talk({ rows: { general: longConversation(50_000, Date.now()) }, page: 50_000, channels: {} }),
  unread: () => {
    const rows = longConversation(200, Date.now());
    return talk({ rows: { general: rows }, channels: { general: { divider: 150, readSeq: 150, unread: 50 } } });
  },
  empty: () => talk({ rows: { general: [] } }),
  loading: () => {
    const chat = talk({ rows: { general: [] } });
    chat.setTimeline("general", { load: "first", older: true });
    return chat;
  },
  failed: () => {
    const chat = talk({ rows: { general: [] } });
    chat.setTimeline("general", { load: "failed" });
    return chat;
  },
  many: () =>
    talk({
      others: Array.from({ length: 2000 }, (_, i) => ({ name: `team-${String(i).padStart(4, "0")}`, topic: `What team ${i} talks about` })),
      rows: Object.fromEntries(["general", "a-channel-with-a-very-long-name-of-forty-c", ...Array.from({ length: 60 }, (_, i) => `project-${i}`)].map((name) => [name, []])),
    }),
  entry: () => talk({ user: null, latest: longConversation(30, Date.now()) }),
  refusedName: () => {
    const chat = talk({ user: null, latest: longConversation(30, Date.now()), kept: { user: "Anna", here: false } });
    chat.refuse("enter", "anna is in the chat already with another spelling. Choose another name.");
    return chat;
  },
} satisfies Record<string, () => MemoryChat>;

function talk(options: MemoryOptions): MemoryChat {
  const now = new Date();
  now.setHours(9, 4, 0, 0);
  const rows = { general: conversation(now.getTime()), ...Object.fromEntries(names.map((name) => [name, []])) };
  return createMemoryChat({
    rows,
    topics: { general: topic, releases: "What ships when" },
    others: [{ name: "design", topic: "How it looks and why" }, { name: "kubernetes", topic: "Charts, operators, clusters" }],
    ...options,
    channels: {
      general: { divider: 6 },
      releases: { unread: 2 },
      "on-call": { unread: 12 },
      random: { muted: true },
      ...options.channels,
    },
  });
}
