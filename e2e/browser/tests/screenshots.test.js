/** Pictures of what people see, for who looks at them; and nothing in them may be cut off or out of reach. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { artifacts } from "../harness/paths.js";
import { refuseIn } from "../harness/refusals.js";
import { scene } from "../harness/scene.js";
import { town } from "../harness/setting.js";
import { until } from "../harness/until.js";

const folder = artifacts("screenshots");
const sizes = [
  { name: "1280", viewport: { width: 1280, height: 800 } },
  { name: "768", viewport: { width: 768, height: 1024 } },
  { name: "380", viewport: { width: 380, height: 780 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
];
const refusal = { code: "text_invalid", message: "This text cannot be sent: it contains characters that no one can see." };

for (const colorScheme of ["light", "dark"]) {
  for (const { name, ...device } of sizes) {
    scene(`nothing is cut off at ${name} px, ${colorScheme}`, async (s) => {
      const people = await town(s.server.address);
      const context = await s.browser({ colorScheme, locale: "en-GB", ...device });
      const anna = await s.arrive("anna", { context });
      const narrow = device.viewport.width < 700;
      const press = (target) => (narrow ? target.tap() : target.click());
      const shoot = async (what, look = inReach) => {
        await anna.page.screenshot({ path: join(folder, `${what}-${name}-${colorScheme}.png`), animations: "disabled" });
        assert.deepEqual(await anna.page.evaluate(look), [], `in the picture of ${what}`);
      };

      await refuseIn(anna.page, ({ type, text }) => type === "send" && text?.startsWith("And here") && refusal);
      await anna.page.reload();
      await until("the messages behind the form", () => anna.page.locator(".preview__rows[data-ready]").isVisible());
      await shoot("entry");
      await anna.page.getByLabel("Your name").fill("anna");
      await press(anna.page.getByRole("button", { name: "Enter chat" }));
      await anna.sees("Staging runs the new image");
      if (!narrow) await anna.row("raw histograms").hover();
      await shoot("conversation");

      for (const channel of ["releases", "on-call", "quiet"]) await visit(anna, channel);
      await anna.page.getByText("Nothing has been said in #quiet yet").waitFor();
      await shoot("empty");
      await visit(anna, "general");
      await people.news();
      if (narrow) await anna.page.getByRole("button", { name: "Channels" }).tap();
      await anna.page.getByText("12 unread messages").waitFor({ state: "attached" });
      await shoot("unread");
      await press(anna.page.getByRole("button", { name: "Go to channel" }));
      await anna.page.getByText("5 channels").waitFor();
      // On a phone it shows once the keyboard had its time to come up.
      await until("the dialog is to be seen", () => anna.page.getByRole("combobox").evaluate((field) => field.checkVisibility({ opacityProperty: true })));
      await shoot("switcher", inReachOfDialog);
      await anna.page.keyboard.press("Escape");
      if (narrow) await anna.page.getByRole("link", { name: /general/u }).tap();

      s.expectBreaks();
      await anna.say("And here is the trace");
      await anna.row("And here is the trace").getByText(refusal.message).waitFor();
      anna.network.cut();
      await anna.say("On it. I will try ten with the spread at half.");
      await anna.row("On it").getByText("Waits for the connection").waitFor();
      await anna.connectionLine.waitFor();
      await shoot("broken");
      people.leave();
    });
  }
}

async function visit(person, channel) {
  await person.page.evaluate((name) => (location.hash = `#/${name}`), channel);
  await person.page.getByRole("heading", { name: channel, exact: true }).waitFor();
}

/** Runs in the page: what can be used and is not wholly in the window or lies under something else. What scrolls may be cut. */
function inReach() {
  const { clientWidth: width, clientHeight: height, scrollWidth } = document.documentElement;
  const wrong = scrollWidth > width ? [`the page is ${scrollWidth} px wide`] : [];
  const lists = "[role=log], .side__list, .entry__card, [inert]";
  for (const element of document.querySelectorAll("button, a, input, textarea, h1, .banner, .banner span")) {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const name = `${element.tagName} ${element.getAttribute("aria-label") ?? element.textContent}`;
    if (element.matches(".skip, .hidden") || !element.checkVisibility({ opacityProperty: true }) || element.closest("[inert]")) continue;
    if (left < 0 || right > width + 0.5) wrong.push(`${name} reaches from ${left} to ${right}`);
    if (!element.closest(lists) && (top < 0 || bottom > height + 0.5)) wrong.push(`${name} reaches down from ${top} to ${bottom}`);
  }
  const [field] = [...document.querySelectorAll("textarea, form input")].filter((each) => each.checkVisibility());
  const box = field?.getBoundingClientRect();
  if (box && document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2) !== field) wrong.push("the field is covered");
  return wrong;
}

/** Runs in the page: what of a dialog is not in the window. */
function inReachOfDialog() {
  const { clientWidth: width, clientHeight: height, scrollWidth } = document.documentElement;
  const box = document.querySelector("[role=dialog]").getBoundingClientRect();
  const inside = box.left >= 0 && box.right <= width && box.top >= 0 && box.bottom <= height && scrollWidth <= width;
  return inside ? [] : [`the dialog reaches from ${box.left}, ${box.top} to ${box.right}, ${box.bottom}`];
}
