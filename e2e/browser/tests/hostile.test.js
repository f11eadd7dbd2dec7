/** What people write is text, whatever it looks like. The page's policy is watched in every test; here it is provoked. */
import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { scene } from "../harness/scene.js";
import { until } from "../harness/until.js";

const names = ["<img src=x onerror=pwned()>", '"><script>pwned()</script>', "javascript:pwned()", "constructor", "__proto__"];
/** Texts that are shown just as they are written, and [written, shown] where Markdown takes its marks away. */
const texts = [
  "<script>pwned()</script>",
  '<img src="x" onerror="pwned()">',
  '<svg onload="pwned()"><a xlink:href="javascript:pwned()">x</a></svg>',
  "[click](javascript:pwned())",
  "[click](JaVaScRiPt&colon;pwned())",
  "[click](data:text/html,<script>pwned()</script>)",
  "javascript:pwned()",
  'https://example.org/"onmouseover="pwned()',
  "https://example.org/<script>pwned()</script>",
  ["[x](https://example.org/'onclick='pwned`)", "x"],
  ["**<b onclick=pwned()>bold</b>**", "<b onclick=pwned()>bold</b>"],
  ["`<i onclick=pwned()>code</i>`", "<i onclick=pwned()>code</i>"],
  ["```\n</code></pre><script>pwned()</script>\n```", "</code></pre><script>pwned()</script>"],
  ["> <iframe srcdoc='<script>parent.pwned()</script>'></iframe>", "<iframe srcdoc='<script>parent.pwned()</script>'></iframe>"],
  "&lt;script&gt;pwned()&lt;/script&gt;",
  "{{constructor.constructor('pwned()')()}} ${pwned()}",
  "\u202Etxt.exe\u202C and \u2066isolated\u2069",
  "<style>*{display:none}</style>",
];

scene("names and texts that look like programs are shown as they were written", async (s) => {
  const anna = await s.arrive("anna");
  await anna.page.evaluate(trap);
  await anna.enter();
  for (const name of names) await post(s.server.address, name, ["hello"]);
  await post(s.server.address, "mallory", texts.map((text) => [text].flat()[0]));
  await anna.sees("display:none");

  const hellos = names.map(() => "hello");
  assert.deepEqual(await anna.conversation(), [...hellos, ...texts.map((text) => [text].flat().at(-1))]);
  assert.deepEqual(await anna.log.locator(".row__name").allTextContents(), [...names, "mallory"]);
  assert.deepEqual(await anna.page.evaluate(foreign), [], "elements that no part of the page made");
  for (const { href, rel, target } of await anna.page.evaluate(links)) {
    assert.match(href, /^(https?|mailto):/u);
    assert.match(rel, /noopener/u);
    assert.equal(target, "_blank");
  }
  assert.equal(await anna.log.getByRole("link").count(), 3, "the addresses that are safe to follow, and no other");
  for (const link of await anna.log.getByRole("link").all()) await link.hover({ force: true });
  for (const row of await anna.log.getByRole("article").all()) await row.hover({ force: true });
  assert.equal(await anna.page.evaluate(() => window.e2ePwned), false);
});

scene("a channel's name and topic are text, too", async (s) => {
  const anna = await s.arrive("anna");
  await anna.page.evaluate(trap);
  await anna.enter();
  await anna.page.getByRole("button", { name: "Create a channel" }).click();
  await anna.page.getByLabel("Name", { exact: true }).fill("probe");
  await anna.page.getByLabel("What it is about (optional)").fill("<img src=x onerror=pwned()>");
  await anna.page.keyboard.press("Enter");
  await anna.page.getByRole("heading", { name: "probe" }).waitFor();
  assert.equal(await anna.page.getByText("<img src=x onerror=pwned()>").count(), 2, "in the header and at the beginning");
  await anna.page.getByRole("button", { name: "About #probe" }).click();
  await anna.page.getByRole("menu").waitFor();
  await anna.page.keyboard.press("Escape");
  await anna.page.goto(`${anna.network.origin}/#/${encodeURIComponent("<img src=x onerror=pwned()>")}`);
  await until("the address is put right", () => anna.page.url().endsWith("#/probe"));
  assert.deepEqual(await anna.page.evaluate(foreign), []);
  assert.equal(await anna.page.evaluate(() => window.e2ePwned), false);
});

scene("the policy forbids what a hole in the page would need", async (s) => {
  const [context, network, expected] = [await s.browser(), await s.network(), /Content Security Policy|policy violated/u];
  await context.addInitScript(trap);
  await context.addInitScript(noteViolations);
  await context.route(`${network.origin}/`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replace("</body>", `${hole}</body>`) });
  });
  const anna = await s.arrive("anna", { context, network, expected });
  await anna.page.getByRole("button", { name: "hole" }).click();
  await anna.page.evaluate(() => document.querySelector("form#hole").requestSubmit());
  await anna.page.evaluate(() => fetch("https://example.org/").catch(() => undefined));
  const wanted = ["base-uri", "connect-src", "form-action", "frame-src", "img-src", "object-src", "script-src-attr", "script-src-elem", "style-src-attr", "style-src-elem"];
  const violated = () => anna.page.evaluate(() => [...new Set(window.e2eViolated)].sort());
  await until("all of it was refused", async () => {
    assert.deepEqual(await violated(), wanted);
    return true;
  });
  assert.equal(await anna.page.evaluate(() => window.e2ePwned), false);
});

scene("the policy forbids what a hole in a script would need", async (s) => {
  const anna = await s.arrive("anna", { expected: /Content Security Policy|policy violated|TrustedHTML|TrustedScript|trusted type/iu });
  await anna.page.evaluate(trap);
  assert.deepEqual(await anna.page.evaluate(pourIntoSinks), []);
  assert.equal(await anna.page.evaluate(() => window.e2ePwned), false);
  assert.equal(await anna.page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 0, "workers that stay");
  const { headers } = await fetch(anna.network.origin);
  assert.match(headers.get("Content-Security-Policy"), /worker-src 'none'.*trusted-types 'none'/u);
});

/** What an injection into the page's HTML would be made of. */
const hole = `
  <base href="https://example.org/">
  <script>pwned()</script><script src="https://example.org/x.js"></script>
  <button onclick="pwned()">hole</button><img src="https://example.org/x.png" onerror="pwned()">
  <style>body { color: red }</style><p style="color: red"></p>
  <iframe srcdoc="<script>parent.pwned()</script>"></iframe><iframe src="https://example.org/"></iframe>
  <object data="https://example.org/x"></object>
  <form id="hole" action="https://example.org/"></form>`;

/** Runs in the page: `pwned` tells that a text was run as a program. */
function trap() {
  window.e2ePwned = false;
  window.pwned = () => {
    window.e2ePwned = true;
  };
}

/** Runs in the page: what only a hole would have let in. */
function foreign() {
  const made = document.querySelectorAll("[role=log] :is(script, img, iframe, style, object, embed, form), .header img, .beginning img, body > script, [onclick], [onerror], [onload], [onmouseover]");
  return [...made].map((element) => element.outerHTML);
}

/** Runs in the page: the links of all messages. */
function links() {
  return [...document.querySelectorAll("[role=log] a")].map(({ href, rel, target }) => ({ href, rel, target }));
}

/** Runs in the page before anything else: the directives that something was refused by. */
function noteViolations() {
  window.e2eViolated = [];
  document.addEventListener("securitypolicyviolation", (event) => window.e2eViolated.push(event.effectiveDirective));
}

/** Runs in the page: hands text to everything that makes programs or markup of it, and tells what took it. */
async function pourIntoSinks() {
  const text = "pwned()";
  const markup = "<img src=x onerror=pwned()>";
  const element = (name) => document.createElement(name);
  const sinks = {
    innerHTML: () => (element("div").innerHTML = markup),
    outerHTML: () => (document.body.appendChild(element("div")).outerHTML = markup),
    insertAdjacentHTML: () => document.body.insertAdjacentHTML("beforeend", markup),
    fragment: () => document.createRange().createContextualFragment(markup),
    parser: () => new DOMParser().parseFromString(markup, "text/html"),
    write: () => document.write(markup),
    srcdoc: () => (element("iframe").srcdoc = markup),
    script: () => (element("script").textContent = text),
    source: () => (element("script").src = "data:text/javascript,pwned()"),
    attribute: () => element("div").setAttribute("onclick", text),
    policy: () => window.trustedTypes.createPolicy("default", { createHTML: (given) => given }),
    worker: () => new Worker("/theme.js"),
    service: () => navigator.serviceWorker.register("/theme.js"),
  };
  const took = [];
  for (const [name, pour] of Object.entries(sinks)) {
    try {
      await pour();
      took.push(name);
    } catch (error) {
      if (!(error instanceof TypeError)) took.push(`${name}: ${error}`);
    }
  }
  return took;
}

/** Says something over a plain socket, and waits until it was heard. */
async function post(address, name, said) {
  const socket = new WebSocket(`ws://${address}/chat?username=${encodeURIComponent(name)}`);
  let echoes = 0;
  await new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("open", () => said.forEach((text) => socket.send(text)));
    socket.on("message", (data) => {
      const event = JSON.parse(data);
      if (event.type === "error") reject(new Error(`${event.code}: ${event.message}`));
      if (event.user === name && ++echoes === said.length) resolve();
    });
  });
  socket.close();
}
