/** How high a row probably is before it has been rendered. Only has to be near: it is measured when it comes into view. */
import type { Row } from "../../chat/model";
import { leadOf } from "./grouping";
import type { Estimate } from "./viewport";

export interface TypeMetrics {
  /** Pixels of one line of text. */
  line: number;
  /** Characters that fit on one. */
  perLine: number;
}

export const usualMetrics: TypeMetrics = { line: 22, perLine: 76 };

const meanAdvance = 0.4578; // em per character of English in Atkinson Hyperlegible Next, see fonts.css
const rowSpace = 4;
const headSpace = 34;
const daySpace = 52;
const dividerSpace = 34;
const tallestCode = 15; // lines that a code block shows at once (message.css)

export function estimator(metrics: TypeMetrics): Estimate {
  return (rows, index, dividerId) => {
    const row = rows[index];
    if (!row) return metrics.line;
    const lead = leadOf(rows[index - 1], row, dividerId);
    return (
      rowSpace +
      metrics.line * (row.deleted ? 1 : countLines(row, metrics.perLine)) +
      (lead.head ? headSpace : 0) +
      (lead.day ? daySpace : 0) +
      (lead.divider ? dividerSpace : 0)
    );
  };
}

function countLines({ text }: Row, perLine: number): number {
  let lines = Math.ceil(text.length / perLine);
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines++;
  return text.startsWith("```") ? Math.min(lines, tallestCode) : Math.max(1, lines);
}

/** Reads the metrics from the page. `width` is what a message's text may take. */
export function readMetrics(element: Element, width: number): TypeMetrics {
  const style = getComputedStyle(element);
  const size = Number.parseFloat(style.fontSize) || 15;
  return {
    line: Number.parseFloat(style.lineHeight) || size * 1.47,
    perLine: Math.max(10, Math.floor(width / (size * meanAdvance))),
  };
}
