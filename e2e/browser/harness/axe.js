/** What axe finds wrong with a page as it stands. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/**
 * One line for each element that breaks a rule, or whose contrast axe cannot tell. What fades in has ended fading when
 * this looks. Of arrows and the like axe never tells; what colours they may have is checked over the token file.
 */
export async function violations(page) {
  await page.evaluate(stillness);
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(source);
  const { violations: broken, incomplete } = await page.evaluate((runOnly) => window.axe.run({ runOnly }), tags);
  const untold = incomplete.filter(({ id }) => id === "color-contrast");
  return [...broken, ...untold].flatMap(({ id, help, nodes }) =>
    nodes
      .filter(({ any }) => any[0]?.data?.messageKey !== "nonBmp")
      .map(({ target, any }) => `${id}: ${help}: ${target.join(" ")} ${any.map(({ message }) => message).join(" ")}`),
  );
}

/** Runs in the page: waits for transitions and animations that end. */
async function stillness() {
  const ending = document.getAnimations().filter((animation) => animation.effect?.getComputedTiming().endTime !== Infinity);
  await Promise.allSettled(ending.map((animation) => animation.finished));
}
