/**
 * The interface's words: `t("timeline.new")`, with the keys checked by the compiler. i18next does the plurals; react-i18next
 * is left out because the language is chosen once, before the first render.
 */
import { createInstance } from "i18next";
import { en } from "./en";

type Leaf<T, Path extends string = ""> = {
  [K in keyof T & string]: T[K] extends string ? `${Path}${K}` : Leaf<T[K], `${Path}${K}.`>;
}[keyof T & string];
type Whole<K> = K extends `${infer Base}_one` | `${infer Base}_other` ? Base : K;

/** A key of the catalogue; plural forms are named without their ending. */
export type TextKey = Whole<Leaf<typeof en>>;

/** The language of the interface, and so the direction of menus and dialogs, whatever the browser's own is. */
export const language = "en";

const catalogue = createInstance();
void catalogue.init({
  lng: language,
  resources: { en: { translation: en } },
  initAsync: false,
  interpolation: { escapeValue: false }, // React escapes
});

/** The text for key, with {{placeholders}} filled from values and the plural form chosen by `count`. */
export function t(key: TextKey, values: Record<string, string | number> = {}): string {
  return catalogue.t(key, values);
}
