import { describe, expect, test } from "vitest";
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

describe("hostile input", () => {
  test.each([
    ["openers", "**a ".repeat(1000)],
    ["one long run", "*".repeat(4000)],
    ["underscores", "_a".repeat(2000)],
    ["brackets", "[".repeat(4000)],
    ["half links", "[a](".repeat(1000)],
    ["backticks", Array.from({ length: 80 }, (_, i) => "`".repeat(i + 1)).join(" ")],
    ["quotes", `${">".repeat(2000)} x`],
    ["addresses", "https://a ".repeat(400)],
  ])("%s ends soon and loses nothing", (_, text) => {
    const began = performance.now();
    expect(show(text).length).toBeGreaterThan(0);
    expect(performance.now() - began).toBeLessThan(500);
  });
});
