/** Marks inside a paragraph: bold, italic, strike, code and links, nested up to a limit, over line breaks. */

export type Inline =
  | { kind: "plain"; text: string }
  | { kind: "bold" | "italic" | "strike"; children: Inline[] }
  | { kind: "code"; text: string }
  | { kind: "link"; href: string; children: Inline[] };

const maxDepth = 6;
const maxTicks = 10; // of one mark of code; a longer row of them is text
const maxLabel = 500; // characters of a link's label
const maxTarget = 2000; // and of where it leads
const maxWrong = 10; // addresses that are none, in one paragraph; then no more are looked for
const marks = [
  { open: "**", kind: "bold" },
  { open: "__", kind: "bold" },
  { open: "~~", kind: "strike" },
  { open: "*", kind: "italic" },
  { open: "_", kind: "italic" },
] as const;
const special = /[\\`*_~[]|https?:\/\/|mailto:/giu;
const address = /(?:https?:\/\/|mailto:)[^\s<>"“”[\]]+/iuy;
const endsSentence = new Set(".,:;!?'*_~`");
const wordBefore = /[\p{L}\p{N}]$/u;
const wordAfter = /^[\p{L}\p{N}]/u;

/** Parses one paragraph and splits the outcome at its line breaks: one list of marks per line. */
export function parseInline(text: string): Inline[][] {
  return splitLines(parse(text, 0));
}

/** The address if it is one that a message may link to: http, https or mailto. */
export function safeHref(address: string): string | null {
  try {
    const url = new URL(address);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

function parse(text: string, depth: number): Inline[] {
  const out: Inline[] = [];
  let from = 0; // where the plain text began that is not in `out` yet
  let at = 0;
  const known: Known = { missing: new Set(), wrong: 0 };
  while (at < text.length) {
    special.lastIndex = at;
    const found = special.exec(text);
    if (!found) break;
    at = found.index;
    const hit = depth < maxDepth ? take(text, at, depth, known) : null;
    if (hit) {
      pushPlain(out, text.slice(from, at));
      if (hit.node.kind === "plain") pushPlain(out, hit.node.text);
      else out.push(hit.node);
      at = from = hit.next;
    } else {
      at += runLength(text, at);
    }
  }
  pushPlain(out, text.slice(from));
  return out;
}

/** What a paragraph is known not to hold beyond what has been parsed, so that nothing is searched for again and again. */
interface Known {
  missing: Set<string>; // closers that do not come any more
  wrong: number; // addresses that turned out to be none
}

interface Hit {
  node: Inline;
  next: number;
}

function take(text: string, at: number, depth: number, known: Known): Hit | null {
  switch (text[at]) {
    case "\\":
      return takeEscape(text, at);
    case "`":
      return takeCode(text, at, known);
    case "[":
      return takeLink(text, at, depth, known);
    case "*":
    case "_":
    case "~":
      return takeMark(text, at, depth, known);
    default:
      return takeAddress(text, at, known);
  }
}

function takeEscape(text: string, at: number): Hit | null {
  const next = text[at + 1];
  return next && /[\\`*_~[\]()>#+.!-]/u.test(next) ? { node: { kind: "plain", text: next }, next: at + 2 } : null;
}

function takeCode(text: string, at: number, { missing }: Known): Hit | null {
  const ticks = text.slice(at, at + runLength(text, at));
  if (ticks.length > maxTicks || missing.has(ticks)) return null;
  let end = text.indexOf(ticks, at + ticks.length);
  while (end !== -1 && (text[end + ticks.length] === "`" || text[end - 1] === "`")) end = text.indexOf(ticks, end + 1);
  if (end === -1) {
    missing.add(ticks);
    return null;
  }
  const inside = text.slice(at + ticks.length, end);
  // `` `x` `` may pad with one space on each side to show backticks.
  const padded = inside.startsWith(" ") && inside.endsWith(" ") && /[^ ]/u.test(inside);
  const code = padded ? inside.slice(1, -1) : inside;
  return code === "" ? null : { node: { kind: "code", text: code }, next: end + ticks.length };
}

function takeMark(text: string, at: number, depth: number, { missing }: Known): Hit | null {
  for (const { open, kind } of marks) {
    if (!text.startsWith(open, at) || missing.has(open)) continue;
    const start = at + open.length;
    if (start >= text.length || /\s/u.test(text[start] ?? " ")) continue;
    if (open.startsWith("_") && wordBefore.test(text.slice(Math.max(0, at - 2), at))) continue; // snake_case stays as it is
    const end = findClose(text, open, start);
    if (end === -1) {
      missing.add(open);
      continue;
    }
    return { node: { kind, children: parse(text.slice(start, end), depth + 1) }, next: end + open.length };
  }
  return null;
}

/** The index of the closing mark: after something, not after white space, not half of a longer mark, not inside a word for _. */
function findClose(text: string, mark: string, start: number): number {
  const char = mark[0] ?? "";
  for (let end = text.indexOf(mark, start + 1); end !== -1; end = text.indexOf(mark, end + 1)) {
    const after = text.slice(end + mark.length);
    if (/\s|\\/u.test(text[end - 1] ?? " ")) continue;
    if (mark.length === 1 && (text[end - 1] === char || after.startsWith(char))) {
      if (after.startsWith(char)) end++; // a double mark is not ours
      continue;
    }
    if (char === "_" && wordAfter.test(after.slice(0, 2))) continue;
    return mark.length === 2 && after.startsWith(char) ? end + 1 : end; // ***both*** closes inside out
  }
  return -1;
}

function takeLink(text: string, at: number, depth: number, { missing }: Known): Hit | null {
  const length = text.slice(at, at + maxLabel + 2).indexOf("](");
  const close = at + length;
  if (length === -1 || text.slice(at + 1, close).includes("[") || missing.has(")")) return null;
  const end = text.indexOf(")", close);
  if (end === -1) missing.add(")");
  if (end === -1 || end - close > maxTarget) return null;
  const href = safeHref(text.slice(close + 2, end).trim());
  const label = text.slice(at + 1, close);
  if (!href || label.trim() === "") return null;
  const children = parse(label, depth + 1);
  // A label that is itself an address could promise one place and lead to another: leave both as they were typed.
  if (children.some((node) => node.kind === "link")) return null;
  return { node: { kind: "link", href, children }, next: end + 1 };
}

function takeAddress(text: string, at: number, known: Known): Hit | null {
  if (known.wrong > maxWrong || wordBefore.test(text.slice(Math.max(0, at - 2), at))) return null;
  address.lastIndex = at;
  const found = address.exec(text)?.[0];
  if (!found) return null;
  const shown = trimAddress(found);
  const href = safeHref(shown);
  if (href && shown.length > (/^\w+:\/*/u.exec(shown)?.[0].length ?? 0)) {
    return { node: { kind: "link", href, children: [{ kind: "plain", text: shown }] }, next: at + shown.length };
  }
  known.wrong++;
  return null;
}

/** Punctuation that ends the sentence is not the address's, nor is a bracket that was opened outside. */
function trimAddress(found: string): string {
  let end = found.length;
  while (endsSentence.has(found[end - 1] ?? "")) end--;
  let unopened = 0;
  for (let i = 0; i < end; i++) unopened += Number(found[i] === ")") - Number(found[i] === "(");
  for (; unopened > 0 && found[end - 1] === ")"; unopened--) end--;
  return found.slice(0, end);
}

function runLength(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && text[end] === text[at]) end++;
  return end - at;
}

function pushPlain(out: Inline[], text: string): void {
  if (text === "") return;
  const last = out.at(-1);
  if (last?.kind === "plain") last.text += text;
  else out.push({ kind: "plain", text });
}

function splitLines(nodes: Inline[]): Inline[][] {
  const lines: Inline[][] = [[]];
  for (const node of nodes) {
    const parts = splitNode(node);
    parts.forEach((part, i) => {
      if (i > 0) lines.push([]);
      lines.at(-1)?.push(...part);
    });
  }
  return lines;
}

function splitNode(node: Inline): Inline[][] {
  if (node.kind === "plain") return node.text.split("\n").map((text) => (text === "" ? [] : [{ kind: "plain", text }]));
  if (node.kind === "code") return [[node]];
  return splitLines(node.children).map((children) => (children.length > 0 ? [{ ...node, children }] : []));
}
