import fc from "fast-check";
import { expect, it } from "vitest";
import type { Row } from "./model.ts";
import { FakeBrowser, type FakeTab } from "./testing/fakeBrowser.ts";
import type { FakeConnection, FakeServer } from "./testing/fakeServer.ts";

// Whatever is posted, edited and deleted, by whom, in whatever order frames come, however often the connection breaks or
// the page is reloaded: in the end the timeline says what the log says, and everything sent is in the log once, in order.

interface World {
  browser: FakeBrowser;
  server: FakeServer;
  tab: FakeTab;
  /** What this tab was asked to send, by channel. */
  sent: Record<string, string[]>;
}
type Step = (world: World) => void | Promise<void>;

const channels = ["general", "dev"] as const;
const channel = fc.constantFrom(...channels);
const text = fc.string({ minLength: 1, maxLength: 4 }).map((said) => `${said}.`);
const pick = fc.nat({ max: 1_000 });

/** One of the messages of a channel that fulfil a condition. */
function target(world: World, name: string, at: number, which: (state: { user: string; deleted?: boolean }) => boolean) {
  const states = world.server.log(name).messages().filter((state) => !state.deleted && which(state));
  return states[at % Math.max(1, states.length)];
}

const others: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(channel, text).map(([name, said]): Step => ({ server }) => void server.post(name, "bob", said)),
  fc.tuple(channel, pick, text).map(([name, at, said]): Step => (world) => {
    const state = target(world, name, at, ({ user }) => user === "bob");
    if (state) world.server.edit(name, state.id, said);
  }),
  fc.tuple(channel, pick).map(([name, at]): Step => (world) => {
    const state = target(world, name, at, ({ user }) => user === "bob");
    if (state) world.server.remove(name, state.id);
  }),
);

const own: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(channel, text).map(([name, said]): Step => ({ tab, sent }) => {
    const once = `${said} ${sent[name]?.length ?? 0}`;
    tab.chat.send(name, once);
    (sent[name] ??= []).push(once);
  }),
  fc.tuple(channel, pick, text).map(([name, at, said]): Step => (world) => {
    const state = target(world, name, at, ({ user }) => user === "anna");
    if (state) world.tab.chat.edit(name, state.id, `${said} edited`);
  }),
  fc.tuple(channel, pick).map(([name, at]): Step => (world) => {
    const state = target(world, name, at, ({ user }) => user === "anna");
    if (state) world.tab.chat.remove(name, state.id);
  }),
);

const looking: fc.Arbitrary<Step> = fc.oneof(
  channel.map((name): Step => ({ tab }) => tab.chat.openChannel(name)),
  channel.map((name): Step => ({ tab }) => tab.chat.loadOlder(name)),
  channel.map((name): Step => ({ tab }) => tab.chat.loadNewer(name)),
  channel.map((name): Step => ({ tab }) => tab.chat.jumpToLatest(name)),
  fc.constant<Step>(({ tab }) => tab.render()),
);

/** Does something to the frames on their way to this tab that only a broken server or network would. */
function tamper(does: (frames: FakeConnection["outgoing"], at: number) => void): fc.Arbitrary<Step> {
  return pick.map((at): Step => ({ server }) => {
    const frames = server.connections[0]?.outgoing;
    if (!frames || frames.length === 0) return;
    const place = at % frames.length;
    if (frames[place]?.type === "message") does(frames, place);
  });
}

const network: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 5 }).map((n): Step => ({ server }) => { for (let i = 0; i < n; i++) server.connections[0]?.process(); }) },
  { weight: 6, arbitrary: fc.nat({ max: 8 }).map((n): Step => ({ server }) => { for (let i = 0; i < n; i++) server.connections[0]?.deliver(); }) },
  { weight: 3, arbitrary: fc.constant<Step>(({ tab }) => tab.run()) },
  { weight: 3, arbitrary: fc.nat({ max: 3_000 }).map((ms): Step => ({ tab }) => tab.advance(ms)) },
  { weight: 2, arbitrary: fc.constantFrom(1006, 4000, 4100).map((code): Step => ({ server }) => server.cut(code, '{"retry_ms":300}')) },
  { weight: 1, arbitrary: tamper((frames, at) => frames.splice(at, 1)) },
  { weight: 1, arbitrary: tamper((frames, at) => frames.push({ ...frames[at]! })) },
  { weight: 1, arbitrary: tamper((frames, at) => frames.splice(at, 2, ...frames.slice(at, at + 2).reverse())) },
  { weight: 1, arbitrary: fc.nat({ max: 8 }).map((lag): Step => ({ server }) => void (server.lag = lag)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("unavailable", "too_fast", "overloaded", null).map((code): Step => ({ server }) => {
      server.refuse = () => (code ? { type: "error", code, retry: true, retry_ms: 200 } : null);
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Step>(async (world) => {
      await world.tab.quiet();
      world.server.refuse = () => null;
      world.tab = world.tab.reload();
      await enter(world);
    }),
  },
);

async function enter(world: World): Promise<void> {
  const entering = world.tab.chat.enter("anna");
  await world.tab.quiet();
  world.tab.advance(500); // comes back after what a step refused
  await entering;
}

const steps = fc.array(fc.oneof({ weight: 3, arbitrary: others }, { weight: 2, arbitrary: own }, { weight: 2, arbitrary: looking }, { weight: 5, arbitrary: network }), { minLength: 10, maxLength: 80 });

async function begin(pageSize: number, keeps: number): Promise<World> {
  const browser = new FakeBrowser();
  const { server } = browser;
  server.create("dev");
  server.pageSize = pageSize;
  server.keeps = keeps;
  for (let i = 0; i < 7; i++) for (const name of channels) server.post(name, "bob", `before ${i}`);
  const world: World = { browser, server, tab: browser.tab(), sent: {} };
  await enter(world);
  const joining = world.tab.chat.join("dev");
  world.tab.run();
  await joining;
  return world;
}

/** Everything that hinders ends, and everything that waits gets its turn. */
async function finish(world: World): Promise<void> {
  const { server, tab } = world;
  server.refuse = () => null;
  server.lag = 0;
  for (let i = 0; i < 20; i++) {
    await tab.quiet();
    tab.advance(5_000);
  }
  // A lost event is noticed with the next one.
  for (const name of channels) server.post(name, "bob", "the last");
  for (let i = 0; i < 5; i++) tab.advance(2_000);
}

function isWhatTheLogSays(world: World, name: string): void {
  const { tab, server } = world;
  tab.chat.openChannel(name);
  tab.advance(2_000);
  discardLateEdits(tab, name);
  const { rows, live } = tab.channel(name).timeline;
  const log = server.log(name).messages();
  const shape = ({ id, seq, rev, user, text: said, at, deleted }: Pick<Row, "id" | "seq" | "rev" | "user" | "text" | "at" | "deleted">) => ({ id, seq, rev, user, text: said, at, deleted });
  expect(live).toBe(true);
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.map(shape)).toEqual(log.slice(-rows.length).map(shape));
  expect(rows.filter((row) => row.sending)).toEqual([]);
  expect(tab.channel(name).seq).toBe(log.length);
  const posted = server.log(name).entries.filter((entry, i, all) => entry.user === "anna" && all.findIndex(({ id }) => id === entry.id) === i);
  expect(posted.map((entry) => entry.text)).toEqual(world.sent[name] ?? []);
}

/** An edit of a message that had been deleted is refused for good, and kept in sight until somebody has read why. */
function discardLateEdits(tab: FakeTab, name: string): void {
  for (const { id, sending } of tab.rows(name)) {
    if (sending?.state !== "failed") continue;
    expect(sending.code).toBe("message_deleted");
    tab.chat.discard(name, id);
  }
  tab.run();
}

it("converges to the log", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.constantFrom(5, 1_000), steps, async (pageSize, keeps, all) => {
      const world = await begin(pageSize, keeps);
      for (const step of all) await step(world);
      await finish(world);
      // First the channel that is open, which nothing loads anew.
      const open = world.tab.chat.store.getState().open;
      for (const name of [open, ...channels]) isWhatTheLogSays(world, name);
      world.tab.chat.dispose();
      expect(world.browser.clock.waiting).toBe(0);
    }),
    { numRuns: 200 },
  );
}, 60_000);
