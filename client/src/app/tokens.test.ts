import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { contrast, outOfGamut, parseOklch, type Oklch } from "./testing/colour";

const source = join(import.meta.dirname, "..");
const styles = join(source, "styles");
const tokens = readFileSync(join(styles, "tokens.css"), "utf8");
const themes = ["light", "dark"] as const;

/** Every role with its colour in both themes. */
const roles = new Map(
  [...tokens.matchAll(/--([\w-]+):\s*light-dark\((oklch\([^)]*(?:\([^)]*\)[^)]*)?\)),\s*(oklch\([^)]*(?:\([^)]*\)[^)]*)?\))\);/gu)].map(
    ([, name = "", light = "", dark = ""]) => [name, { light, dark }] as const,
  ),
);

function colour(role: string, theme: (typeof themes)[number], hue?: number): Oklch {
  const text = roles.get(role)?.[theme];
  if (text === undefined) throw new Error(`tokens.css has no role ${role}`);
  return parseOklch(text.replace("var(--hue)", String(hue)));
}

/** What stands on what: [ink, ...surfaces]. */
const text: [string, ...string[]][] = [
  ["ink", "paper", "side", "raise", "hover", "press", "wash", "warn-wash", "bad-wash"],
  ["ink-2", "paper", "side", "raise", "hover", "press", "wash", "warn-wash"],
  ["ink-3", "paper", "side", "raise", "hover", "bad-wash", "wash", "press"],
  ["accent", "paper", "raise", "hover", "wash", "bad-wash"],
  ["accent-ink", "accent", "accent-press"],
  ["bad", "bad-wash", "raise", "paper", "side"],
  ["bad-ink", "bad"],
  ["paper", "ink"],
];
const marks: [string, ...string[]][] = [
  ["edge", "paper", "side", "raise"],
  ["accent", "paper", "side", "raise", "wash", "press", "bad-wash"],
  ["bad", "raise", "bad-wash"],
  ["warn", "warn-wash"],
];
const pairs = (list: [string, ...string[]][]) => themes.flatMap((theme) => list.flatMap(([ink, ...on]) => on.map((surface) => [theme, ink, surface] as const)));

test("the file was understood", () => {
  expect(roles.size).toBeGreaterThan(20);
  expect([...tokens.matchAll(/light-dark\(/gu)].length).toBe(roles.size + 1); // and once in the comment
});

test("black on white is 21 to 1", () => {
  expect(contrast(parseOklch("oklch(0 0 0)"), parseOklch("oklch(1 0 0)"))).toBeCloseTo(21, 1);
});

describe("text has 4.5 to 1", () => {
  test.each(pairs(text))("%s: %s on %s", (theme, ink, surface) => {
    expect(contrast(colour(ink, theme), colour(surface, theme))).toBeGreaterThanOrEqual(4.5);
  });
});

describe("marks and borders of controls have 3 to 1", () => {
  test.each(pairs(marks))("%s: %s on %s", (theme, mark, surface) => {
    expect(contrast(colour(mark, theme), colour(surface, theme))).toBeGreaterThanOrEqual(3);
  });
});

describe.each(themes)("pictures in the %s theme", (theme) => {
  test("have 4.5 to 1 in every hue", () => {
    for (let hue = 0; hue < 360; hue++) {
      expect(contrast(colour("avatar-ink", theme, hue), colour("avatar-wash", theme, hue))).toBeGreaterThanOrEqual(4.5);
    }
  });
});

test.each(themes)("every role of the %s theme can be shown by an sRGB screen", (theme) => {
  for (const name of roles.keys()) expect([name, outOfGamut(colour(name, theme, 30)) < 0.02]).toEqual([name, true]);
});

/** The files of a folder and of all that is in it. */
function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
}

test("no colour is written anywhere else", () => {
  const raw = /#[0-9a-f]{3,8}\b(?![\w-])|\b(?:rgba?|hsla?|oklch|oklab|lab|lch|color)\(|:\s*(?:white|black|red|gr[ae]y|green|blue)\b/iu;
  const css = files(styles).filter((file) => file.endsWith(".css") && !file.endsWith("tokens.css"));
  const code = files(source).filter((file) => /\.tsx?$/u.test(file) && !/test|testing/u.test(file));
  expect(css.length).toBeGreaterThan(5);
  expect(css.filter((file) => raw.test(readFileSync(file, "utf8")))).toEqual([]);
  expect(code.filter((file) => /#[0-9a-f]{6}\b|\b(?:rgba?|hsla?|oklch)\(/iu.test(readFileSync(file, "utf8")))).toEqual([]);
});
