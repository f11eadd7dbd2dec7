/** OKLCH as written in tokens.css → what a screen shows, and WCAG contrast between two of them. */

export interface Oklch {
  l: number;
  c: number;
  h: number;
  alpha: number;
}
export type Rgb = readonly [number, number, number]; // linear light, 0 to 1

/** Parses `oklch(L C H)` or `oklch(L C H / A)`. */
export function parseOklch(text: string): Oklch {
  const found = /^oklch\(\s*([\d.]+)\s+([\d.]+)\s+([\d.]+)\s*(?:\/\s*([\d.]+)\s*)?\)$/u.exec(text.trim());
  if (!found) throw new Error(`not an OKLCH colour: ${text}`);
  const [l = 0, c = 0, h = 0] = found.slice(1, 4).map(Number);
  return { l, c, h, alpha: found[4] === undefined ? 1 : Number(found[4]) };
}

/** Linear sRGB by Björn Ottosson's matrices (https://bottosson.github.io/posts/oklab/). Parts outside 0..1 are out of gamut. */
export function toLinear({ l, c, h }: Oklch): Rgb {
  const a = c * Math.cos((h * Math.PI) / 180);
  const b = c * Math.sin((h * Math.PI) / 180);
  const long = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
  ];
}

/** How far a colour is from what sRGB can show: 0 when it can. */
export function outOfGamut(colour: Oklch): number {
  return Math.max(0, ...toLinear(colour).flatMap((part) => [part - 1, -part]));
}

/** WCAG 2 contrast ratio, 1 to 21. */
export function contrast(a: Oklch, b: Oklch): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: Oklch): number {
  const [r, g, b] = toLinear(colour).map((part) => Math.min(1, Math.max(0, part))) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
