/**
 * The part of Markdown that a chat needs, as a tree: bold, italic, strike, code, links, code blocks, lists and quotes. Line
 * breaks are kept. There is no raw HTML and no way to ask for it; MessageText makes React elements of the tree.
 */
import { parseInline, type Inline } from "./inline";

export type Block =
  | { kind: "text"; lines: Inline[][] }
  | { kind: "code"; text: string }
  | { kind: "quote"; blocks: Block[] }
  | { kind: "list"; start: number | null; items: Inline[][][] }; // start: the first number, null for bullets

const fence = /^ {0,3}```/u;
const quote = /^ {0,3}> ?/u;
const bullet = /^ {0,3}[-*+] +(?=\S)/u;
const numbered = /^ {0,3}(\d{1,9})[.)] +(?=\S)/u;
const maxQuotes = 4; // quotes inside quotes; deeper ones stay text

/** Parses a message. Takes time linear in its length but for inline marks, which look ahead within one paragraph. */
export function parseMarkdown(text: string): Block[] {
  return parseBlocks(text.split(/\r\n|\r|\n/u), 0);
}

function parseBlocks(lines: string[], depth: number): Block[] {
  const blocks: Block[] = [];
  let plain: string[] = [];
  /** `before`: a block follows. An empty line beside a block only sets it apart, which its shape does already. */
  const flush = (before: boolean) => {
    if (blocks.length > 0 && plain[0]?.trim() === "") plain.shift();
    if (before && plain.at(-1)?.trim() === "") plain.pop();
    if (plain.length > 0) blocks.push({ kind: "text", lines: parseInline(plain.join("\n")) });
    plain = [];
  };
  let i = 0;
  while (i < lines.length) {
    const taken = takeCode(lines, i) ?? (depth < maxQuotes ? takeQuote(lines, i, depth) : null) ?? takeList(lines, i);
    if (taken) {
      flush(true);
      blocks.push(taken.block);
      i = taken.next;
    } else {
      plain.push(lines[i] ?? "");
      i++;
    }
  }
  flush(false);
  return blocks;
}

interface Taken {
  block: Block;
  next: number;
}

function takeCode(lines: string[], from: number): Taken | null {
  const first = lines[from] ?? "";
  if (!fence.test(first)) return null;
  // On one line, ```like this```, it is inline code.
  if (first.trim().length > 3 && first.trim().slice(3).includes("```")) return null;
  for (let end = from + 1; end < lines.length; end++) {
    if (fence.test(lines[end] ?? "")) return { block: { kind: "code", text: lines.slice(from + 1, end).join("\n") }, next: end + 1 };
  }
  return null; // never closed: text, so that nothing written disappears
}

function takeQuote(lines: string[], from: number, depth: number): Taken | null {
  let end = from;
  while (end < lines.length && quote.test(lines[end] ?? "")) end++;
  if (end === from) return null;
  const inner = lines.slice(from, end).map((line) => line.replace(quote, ""));
  return { block: { kind: "quote", blocks: parseBlocks(inner, depth + 1) }, next: end };
}

function takeList(lines: string[], from: number): Taken | null {
  const first = lines[from] ?? "";
  const number = numbered.exec(first);
  const mark = number ? numbered : bullet;
  if (!mark.test(first)) return null;
  const items: Inline[][][] = [];
  let end = from;
  while (end < lines.length && mark.test(lines[end] ?? "")) {
    items.push(parseInline((lines[end] ?? "").replace(mark, "")));
    end++;
  }
  // One line that begins with a number is more often a sentence ("2026. What a year") than a list.
  if (number && items.length === 1 && number[1] !== "1") return null;
  return { block: { kind: "list", start: number ? Number(number[1]) : null, items }, next: end };
}
