/** How much room is left in a message, in words, once that is worth saying. */
import { countCharacters, formatNumber } from "../text/format";
import { t } from "../text/text";

export interface Count {
  over: boolean;
  /** Empty below 90% of the limit. */
  words: string;
}

/** Counts characters as the server does: code points. */
export function countText(text: string, limit: number): Count {
  if (text.length < limit * 0.9) return { over: false, words: "" };
  const length = countCharacters(text.trimEnd());
  if (length > limit) {
    return { over: true, words: t("composer.tooLong", { length: formatNumber(length), limit: formatNumber(limit) }) };
  }
  if (length < limit * 0.9) return { over: false, words: "" };
  const left = limit - length;
  return { over: false, words: t("composer.left", { count: left, formatted: formatNumber(left) }) };
}
