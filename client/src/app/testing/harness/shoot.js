// Pictures of the harness: node src/app/testing/harness/shoot.js URL OUT_DIR [scene…]. Needs `npm run dev` at URL.
/* global console, process */
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

const [base, out, ...only] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
const sizes = { 1280: [1280, 860], 768: [768, 860], 380: [380, 820], 360: [360, 640] };
const shots = only.length > 0 ? only : ["conversation", "torture", "entry"];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
for (const theme of ["light", "dark"]) {
  for (const [size, [width, height]] of Object.entries(sizes)) {
    const phone = width < 700;
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, hasTouch: phone, isMobile: phone, deviceScaleFactor: phone ? 2 : 1, locale: "en-GB" });
    const page = await context.newPage();
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && console.log(`${size} ${theme}: ${message.text()}`));
    page.on("pageerror", (error) => console.log(`${size} ${theme}: ${error}`));
    for (const scene of shots) {
      await page.goto(`${base}/src/app/testing/harness/?scene=${scene}`);
      await page.waitForTimeout(2600);
      await page.screenshot({ path: `${out}/${scene}-${size}-${theme}.png` });
    }
    await context.close();
  }
}
await browser.close();
