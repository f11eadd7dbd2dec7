import { describe, expect, test, vi } from "vitest";
import { safeHref, type Inline } from "./inline";
import { parseMarkdown, type Block } from "./markdown";

/** The tree in a short notation: b(bold) i(italic) s(strike) c(code) a(href|label), lines joined by "/". */
function show(text: string): string {
  return parseMarkdown(text).map(showBlock).join(" | ");
}

function showBlock(block: Block): string {
  switch (block.kind) {
    case "text":
      return showLines(block.lines);
    case "code":
      return `pre(${block.text})`;
    case "quote":
      return `quote(${block.blocks.map(showBlock).join(" | ")})`;
    case "list":
      return `list${block.start ?? ""}(${block.items.map(showLines).join("; ")})`;
  }
}

const showLines = (lines: Inline[][]): string => lines.map((line) => line.map(showInline).join("")).join("/");

function showInline(node: Inline): string {
  switch (node.kind) {
    case "plain":
      return node.text;
    case "code":
      return `c(${node.text})`;
    case "link":
      return `a(${node.href}|${node.children.map(showInline).join("")})`;
    default:
      return `${node.kind[0] ?? ""}(${node.children.map(showInline).join("")})`;
  }
}

describe("inline marks", () => {
  test.each([
    ["plain words", "plain words"],
    ["**bold** and *italic* and _italic_", "b(bold) and i(italic) and i(italic)"],
    ["~~gone~~", "s(gone)"],
    ["***both***", "b(i(both))"],
    ["*a **b** c*", "i(a b(b) c)"],
    ["`code with **stars**`", "c(code with **stars**)"],
    ["`` a ` b ``", "c(a ` b)"],
    ["snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"],
    ["unclosed **bold and `code", "unclosed **bold and `code"],
    ["\\*not italic\\*", "*not italic*"],
    ["line one\nline **two\nthree** four", "line one/line b(two)/b(three) four"],
    ["****", "****"],
    ["* ", "* "],
    ["<b>no html</b> &amp;", "<b>no html</b> &amp;"],
  ])("%j", (text, want) => {
    expect(show(text)).toBe(want);
  });
});

describe("links", () => {
  test.each([
    ["see https://example.org/a_b_c.", "see a(https://example.org/a_b_c|https://example.org/a_b_c)."],
    ["(https://example.org/x_(y))", "(a(https://example.org/x_(y)|https://example.org/x_(y)))"],
    ["[docs](https://example.org)", "a(https://example.org/|docs)"],
    ["[**docs**](http://example.org/)", "a(http://example.org/|b(docs))"],
    ["[mail](mailto:a@example.org)", "a(mailto:a@example.org|mail)"],
    ["[x](javascript:alert(1))", "[x](javascript:alert(1))"],
    ["[x](data:text/html,hi)", "[x](data:text/html,hi)"],
    ["[x](/relative)", "[x](/relative)"],
    ["https://", "https://"],
    ["xhttps://example.org", "xhttps://example.org"],
  ])("%j", (text, want) => {
    expect(show(text)).toBe(want);
  });

  test("a label that is an address does not hide where it leads", () => {
    expect(show("[https://good.example](https://bad.example)")).toBe(
      "[a(https://good.example/|https://good.example)](a(https://bad.example/|https://bad.example))",
    );
  });

  test.each(["javascript:alert(1)", "JAVASCRIPT:alert(1)", " java\nscript:alert(1)", "vbscript:x", "file:///etc/passwd", "//x", ""])(
    "%j is no address to link to",
    (address) => {
      expect(safeHref(address)).toBeNull();
    },
  );
});

describe("blocks", () => {
  test.each([
    ["```\nlet x = **1**\n\n  y\n```", "pre(let x = **1**\n\n  y)"],
    ["before\n```ts\ncode\n```\nafter", "before | pre(code) | after"],
    ["```\nnever closed", "```/never closed"],
    ["```one line```", "c(one line)"],
    ["> a\n> b\nc", "quote(a/b) | c"],
    ["> > deep", "quote(quote(deep))"],
    ["- a\n- **b**\n* c", "list(a; b(b); c)"],
    ["3. a\n4. b", "list3(a; b)"],
    ["2026. What a year", "2026. What a year"],
    ["a\n\nb", "a//b"],
    ["> a\n\nb", "quote(a) | b"],
    ["a\n\n- b\n\nc\n\n\n- d", "a | list(b) | c/ | list(d)"],
    ["", ""],
  ])("%j", (text, want) => {
    expect(show(text)).toBe(want);
  });
});

/** How many characters are looked at while a text is parsed, as far as the searches of the language can be watched. */
function looks(text: string): number {
  let count = 0;
  const { indexOf, includes, split } = String.prototype;
  const { exec } = RegExp.prototype; // every use of an expression comes here
  vi.spyOn(RegExp.prototype, "exec").mockImplementation(function (this: RegExp, on) {
    const from = this.global || this.sticky ? this.lastIndex : 0;
    const found = exec.call(this, on);
    const anchored = this.sticky || this.source.startsWith("^");
    count += 1 + (found ? found.index + found[0].length - from : anchored ? 0 : on.length - from);
    return found;
  });
  vi.spyOn(String.prototype, "indexOf").mockImplementation(function (this: string, sought, from = 0) {
    const found = indexOf.call(this, sought, from);
    count += 1 + (found === -1 ? this.length : found) - from;
    return found;
  });
  for (const [name, original] of [["includes", includes], ["split", split]] as const) {
    vi.spyOn(String.prototype, name as "includes").mockImplementation(function (this: string, ...args) {
      count += this.length;
      return (original as typeof includes).apply(this, args);
    });
  }
  try {
    parseMarkdown(text);
    return count;
  } finally {
    vi.restoreAllMocks();
  }
}

describe("hostile input", () => {
  test.each([
    ["openers", (n: number) => "**a ".repeat(n / 4)],
    ["one long run", (n: number) => "*".repeat(n)],
    ["underscores", (n: number) => "_a".repeat(n / 2)],
    ["brackets", (n: number) => "[a".repeat(n / 2)],
    ["half links", (n: number) => "[a](".repeat(n / 4)],
    ["backticks", (n: number) => Array.from({ length: Math.sqrt(2 * n) }, (_, i) => "`".repeat(i + 1)).join(" ")],
    ["quotes", (n: number) => `${">".repeat(n)} x`],
    ["quoted lines", (n: number) => "> > > > > a\n".repeat(n / 12)],
    ["addresses", (n: number) => "https://a ".repeat(n / 10)],
    ["addresses that are none", (n: number) => "http://a:".repeat(n / 9)],
    ["an address that ends in brackets", (n: number) => `https://a${")".repeat(n)}`],
    ["an address that ends in dots", (n: number) => `https://a${".".repeat(n)}x`],
    ["code with one space", (n: number) => `\` ${"a".repeat(n)}\``],
    ["fences", (n: number) => "```a```\n".repeat(n / 8)],
  ])("%s: twice as long is looked at twice as often, and nothing is lost", (_, make) => {
    expect(show(make(4000)).length).toBeGreaterThan(0);
    const [once, twice] = [looks(make(20_000)), looks(make(40_000))];
    expect(once).toBeGreaterThan(0);
    expect(twice / once).toBeLessThan(2.3);
  });
});
