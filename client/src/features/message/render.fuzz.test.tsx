import { cleanup, render } from "@testing-library/react";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { MessageText } from "./MessageText";

afterEach(cleanup);

/** How many texts are tried; a longer search sets FUZZ_RUNS. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 300);

const elements = new Set(["P", "BR", "STRONG", "EM", "S", "CODE", "PRE", "BLOCKQUOTE", "UL", "OL", "LI", "A"]);
const attributes = new Set(["dir", "href", "target", "rel", "start"]);

/** Pieces that mean something to the parser or would to a browser, and anything else. */
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("*", "**", "_", "__", "~~", "`", "```", "\n", "\r\n", "> ", "- ", "1. ", "7) ", "[", "](", ")", "\\", " ", "***", "``") },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "https://example.org/a_(b)", "http://[::1", "mailto:a@example.org", "javascript:alert(1)", "JaVaScRiPt:x", "data:text/html,x", "//example.org",
      "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;b&gt;", "\u2028", "\u202e", "\u0000", "\ud800", '" onclick="x', "https://user:pw@example.org",
    ),
  },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
);

/** A text in which every word wN occurs once, so that one that is lost is missed. */
const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.map((p, i) => (i % 3 === 0 ? `w${String(i)}w${p}` : p)).join(""));

describe("the text of a message, whatever it is", () => {
  it("becomes elements that only show text, and links that lead to the web or to mail", () => {
    fc.assert(
      fc.property(text, (written) => {
        const { container, unmount } = render(<MessageText text={written} />);
        for (const element of container.querySelectorAll("*")) {
          expect(elements).toContain(element.tagName);
          for (const { name } of element.attributes) expect(attributes).toContain(name);
        }
        for (const link of container.querySelectorAll("a")) {
          expect(link.href).toMatch(/^(?:https?:\/\/|mailto:)/u);
          expect([link.target, link.rel]).toEqual(["_blank", "noopener noreferrer"]);
          expect(link.querySelector("a")).toBeNull();
        }
        unmount();
      }),
      { numRuns },
    );
  });

  it("keeps every word that was written", () => {
    fc.assert(
      fc.property(text, (written) => {
        const { container, unmount } = render(<MessageText text={written} />);
        const shown = [container.textContent, ...Array.from(container.querySelectorAll("a"), (link) => link.href)].join(" ");
        // What follows an opening fence on its line names a language, and is not shown.
        const fences = written.split(/\r\n|\r|\n/u).filter((line) => /^[ >]*```/u.test(line)).join(" ");
        for (const word of written.match(/w\d+w/gu) ?? []) expect(shown.includes(word) || fences.includes(word)).toBe(true);
        unmount();
      }),
      { numRuns },
    );
  });

  it("is the same when it is drawn again", () => {
    fc.assert(
      fc.property(text, (written) => {
        const first = render(<MessageText text={written} />);
        const second = render(<MessageText text={written} />);
        expect(second.container.innerHTML).toBe(first.container.innerHTML);
        first.unmount();
        second.unmount();
      }),
      { numRuns },
    );
  });
});
