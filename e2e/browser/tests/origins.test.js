/** What a page of somebody else can do with the chat: nothing. The same page gets everything of a server that lets it. */
import assert from "node:assert/strict";
import { scene } from "../harness/scene.js";
import { Stranger } from "../harness/stranger.js";
import { until } from "../harness/until.js";

scene("a page of another origin opens no socket, reads no answer and loads no file", async (s) => {
  const { page, origin, open, close } = await beside(s);
  const everything = { plain: true, protocol: true, fetch: true, credentials: true, opaque: true, image: true };
  assert.deepEqual(await page.evaluate(reach, open), everything, "of a server that lets it");
  assert.ok(await page.evaluate(runs, open), "a script of a server that lets it");
  const nothing = Object.fromEntries(Object.keys(everything).map((way) => [way, false]));
  assert.deepEqual(await page.evaluate(reach, origin), nothing, "of the chat");
  assert.ok(!(await page.evaluate(runs, origin)), "a script of the chat");
  const anna = await s.enter("anna");
  assert.deepEqual(await anna.page.evaluate(reach, anna.network.origin), everything, "the chat's own page of the chat");
  await close();
});

scene("no page of another origin has the chat in a frame", async (s) => {
  const { page, origin, open, close } = await beside(s);
  for (const tag of ["iframe", "object", "embed"]) {
    assert.ok(await framed(page, tag, open), `${tag}: of a page that allows it`);
    assert.ok(!(await framed(page, tag, `${origin}/`)), `${tag}: of the chat`);
  }
  await close();
});

scene("a page that opens the chat in a window has no hold of it", async (s) => {
  const { page, origin, open, close } = await beside(s);
  const holds = async (address) => {
    const opened = page.waitForEvent("popup");
    const handle = await page.evaluateHandle((url) => window.open(url), address);
    await (await opened).waitForLoadState("load");
    return await handle.evaluate((held) => !held.closed);
  };
  assert.ok(await holds(`${open}/other`), "of a page that allows it");
  assert.ok(!(await holds(origin)), "of the chat");
  await close();
});

/** A page of a stranger in front of a chat server; `open` is the origin of a server that refuses nothing. */
async function beside(s) {
  const stranger = await Stranger.open();
  const other = await Stranger.open();
  const page = await (await s.browser()).newPage();
  await page.goto(stranger.origin);
  const close = async () => {
    await page.context().close();
    await Promise.all([stranger.close(), other.close()]);
  };
  return { page, origin: (await s.network()).origin, open: other.origin, close };
}

/** Whether a page is shown in an element of another page; if not, the browser says why. */
async function framed(page, tag, address) {
  let refused = false;
  const listen = (message) => (refused ||= /frame-ancestors 'none'/u.test(message.text()) && message.text().includes(address));
  page.on("console", listen);
  await page.evaluate(
    ([name, url]) => {
      const element = document.createElement(name);
      element[name === "object" ? "data" : "src"] = url;
      document.body.append(element);
    },
    [tag, address],
  );
  const shown = () => page.frames().some((frame) => frame !== page.mainFrame() && frame.url().startsWith(address));
  await until(`the ${tag} has come to something`, () => refused || shown());
  page.off("console", listen);
  await page.evaluate(() => document.body.lastElementChild.remove());
  return !refused;
}

/** Runs in a page: which ways there are from it to a server. */
async function reach(origin) {
  const socket = (...protocols) =>
    new Promise((resolve) => {
      const opened = new WebSocket(`${origin.replace("http", "ws")}/chat?username=mallory`, protocols);
      opened.onopen = () => opened.close(resolve(true));
      opened.onclose = () => resolve(false);
    });
  const answers = (options, seen) => fetch(`${origin}/messages`, options).then(seen, () => false);
  const image = new Image();
  image.src = `${origin}/icon.svg`;
  return {
    plain: await socket(),
    protocol: await socket("parley.v1"),
    fetch: await answers({}, async (answer) => (await answer.text()).startsWith("[")),
    credentials: await answers({ credentials: "include" }, (answer) => answer.ok),
    opaque: await answers({ mode: "no-cors" }, () => true),
    image: await image.decode().then(() => true, () => false),
  };
}

/** Runs in a page: whether it can run a script of a server. */
function runs(origin) {
  const script = document.createElement("script");
  script.src = `${origin}/theme.js`;
  document.head.append(script);
  return new Promise((resolve) => {
    script.onload = () => resolve(true);
    script.onerror = () => resolve(false);
  });
}
