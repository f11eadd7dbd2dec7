import { expect, test } from "vitest";
import type { Row } from "../../chat/model";
import { Viewport, type Source, type Surface } from "./viewport";

const heightOf = (id: string) => 30 + (Number(/\d+/u.exec(id)?.[0] ?? 0) % 7) * 20; // what rows "really" measure
const guess = () => 50;

function row(seq: number, part: Partial<Row> = {}): Row {
  return { id: `row${seq}`, seq, rev: seq, user: "anna", text: "words", at: seq * 1000, mine: false, ...part };
}
const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => row(from + i));

/** A page of 600 px with a 40 px heading, whose rows have the heights that heightOf says; the first one loaded has `day` pixels more. */
function makePage(initial: Partial<Source> = {}, day = 0) {
  const viewport = new Viewport(guess);
  let source: Source = { rows: [], version: 0, live: true, divider: null, ...initial };
  let top = 0;
  let space = { before: 0, after: 0 };
  const heightIn = (id: string) => heightOf(id) + (id === source.rows[0]?.id ? day : 0);
  const rendered = () => viewport.getView().rows.slice(viewport.getView().start, viewport.getView().end);
  const content = () => 40 + space.before + rendered().reduce((sum, each) => sum + heightIn(each.id), 0) + space.after;
  const surface: Surface = {
    height: () => 600,
    lead: () => 40,
    scrollTop: () => top,
    scrollTo: (wanted) => {
      top = wanted;
    },
    scrollMax: () => Math.max(0, content() - 600),
    measure: () => rendered().map((each) => heightIn(each.id)),
    space: (before, after) => {
      space = { before, after };
    },
  };
  viewport.attach(surface);
  /** Renders until nothing changes, as React and its layout effects do. */
  const render = () => {
    for (let pass = 0; pass < 10; pass++) {
      const view = viewport.getView();
      viewport.settle();
      if (viewport.getView() === view) return;
    }
    throw new Error("the viewport does not come to rest");
  };
  const take = (part: Partial<Source>) => {
    source = { ...source, ...part, version: source.version + 1 };
    viewport.take(source);
    render();
  };
  const scroll = (to: number) => {
    top = Math.max(0, Math.min(to, surface.scrollMax()));
    viewport.scrolled();
    render();
  };
  /** Where a rendered row is on screen: pixels below the upper edge. */
  const place = (id: string) => {
    let at = 40 + space.before - top;
    for (const each of rendered()) {
      if (each.id === id) return at;
      at += heightIn(each.id);
    }
    return Number.NaN;
  };
  const gap = () => surface.scrollMax() - top; // pixels to the bottom
  const firstShown = () => rendered().find((each) => place(each.id) + heightOf(each.id) > 0)?.id ?? "";
  viewport.take(source);
  render();
  return { viewport, take, scroll, render, place, gap, firstShown, rendered, top: () => top };
}

test("opens at the bottom and renders only what is near it", () => {
  const page = makePage({ rows: rows(1, 5001) });
  expect(page.gap()).toBe(0);
  expect(page.viewport.getView()).toMatchObject({ end: 5000, follow: true });
  expect(page.rendered().length).toBeLessThan(60);
});

test("follows new messages at the bottom", () => {
  const page = makePage({ rows: rows(1, 101) });
  page.take({ rows: rows(1, 141) });
  expect(page.gap()).toBe(0);
  expect(page.rendered().at(-1)?.id).toBe("row140");
});

test("stays where one reads when messages come below", () => {
  const page = makePage({ rows: rows(1, 201) });
  page.scroll(3000);
  const first = page.firstShown();
  const before = page.place(first);
  page.take({ rows: rows(1, 231) });
  expect(page.place(first)).toBeCloseTo(before, 3);
  expect(page.viewport.getView().follow).toBe(false);
});

test("older pages come in front without a jump, whatever was estimated", () => {
  const page = makePage({ rows: rows(1000, 1200) });
  page.scroll(200);
  const first = page.firstShown();
  const before = page.place(first);
  page.take({ rows: rows(900, 1200) });
  expect(page.place(first)).toBeCloseTo(before, 3);
  page.take({ rows: rows(800, 1200) });
  expect(page.place(first)).toBeCloseTo(before, 3);
});

test("the first row may lose the day above it when older ones come: its text and all below stay", () => {
  const page = makePage({ rows: rows(1000, 1200) }, 78);
  page.scroll(0);
  const before = page.place("row1001");
  page.take({ rows: rows(900, 1200) });
  expect(page.place("row1001")).toBeCloseTo(before, 3);
});

test("scrolling faster than rows are rendered moves those on screen by just as much", () => {
  const page = makePage({ rows: rows(1, 2001) });
  for (let i = 0; i < 20; i++) {
    const on = page.rendered().find((each) => page.place(each.id) >= 0)!;
    const before = page.place(on.id);
    const from = page.top();
    page.viewport.settle();
    page.scroll(from - 560);
    if (Number.isFinite(page.place(on.id))) expect(page.place(on.id)).toBeCloseTo(before + 560, 0);
  }
});

test("rows that turn out higher than estimated do not move what one reads", () => {
  const page = makePage({ rows: rows(1, 2001) });
  for (let i = 0; i < 40; i++) {
    page.scroll(page.top() - 333);
    const first = page.firstShown();
    expect(page.place(first)).toBeGreaterThan(-200);
    expect(page.place(first) + heightOf(first)).toBeGreaterThan(0);
    const before = page.place(first);
    page.viewport.settle();
    expect(page.place(first)).toBeCloseTo(before, 3);
  }
});

test("wherever one scrolls, the screen is full of rows", () => {
  const page = makePage({ rows: rows(1, 5001) });
  for (const share of [0.9, 0.1, 0.5, 0.51, 0, 1, 0.3]) {
    page.scroll(share * (page.top() + page.gap()));
    const shown = page.rendered();
    expect(page.place(shown[0]!.id)).toBeLessThanOrEqual(41);
    const last = shown.at(-1)!;
    expect(page.place(last.id) + heightOf(last.id)).toBeGreaterThanOrEqual(599);
  }
});

test("a jump renders the screen it leads to, and scrolling from there what is around it", () => {
  const page = makePage({ rows: Array.from({ length: 5000 }, (_, i) => row(7 * i + 1)) }); // as high as estimated
  const pixels = () => page.rendered().length * guess();
  page.viewport.reveal("row7001");
  page.render();
  expect(page.place("row7001")).toBeGreaterThanOrEqual(0);
  expect(pixels()).toBeLessThan(600 + 2 * 400);
  page.scroll(page.top() - 250);
  expect(pixels()).toBeGreaterThan(600 + 2 * 600);
});

test("going back to the bottom follows again", () => {
  const page = makePage({ rows: rows(1, 201) });
  page.scroll(100);
  expect(page.viewport.getView().follow).toBe(false);
  page.scroll(Infinity);
  expect(page.viewport.getView().follow).toBe(true);
  page.take({ rows: rows(1, 231) });
  expect(page.gap()).toBe(0);
});

test("does not follow while newer messages are not loaded", () => {
  const page = makePage({ rows: rows(1, 201) });
  page.scroll(100);
  page.take({ live: false });
  page.scroll(Infinity);
  expect(page.viewport.getView().follow).toBe(false);
});

test("goes to the newest messages once they are loaded", () => {
  const page = makePage({ rows: rows(1, 201) });
  page.scroll(100);
  page.take({ live: false });
  page.viewport.toBottom();
  page.take({ rows: rows(900, 950), live: true });
  expect(page.viewport.getView().follow).toBe(true);
  expect(page.gap()).toBe(0);
  expect(page.rendered().at(-1)?.id).toBe("row949");
});

test("scrolling away takes back going to the newest messages", () => {
  const page = makePage({ rows: rows(1, 201) });
  page.scroll(100);
  page.take({ live: false });
  page.viewport.toBottom();
  page.scroll(2000);
  page.take({ live: true });
  expect(page.viewport.getView().follow).toBe(false);
});

test("opens a little above the New divider when there is more than a screen of new messages", () => {
  const page = makePage({ rows: rows(1, 201), divider: 100 });
  expect(page.viewport.getView()).toMatchObject({ dividerId: "row101", follow: false });
  expect(page.place("row101")).toBeCloseTo(150, 0);
});

test("opens at the bottom when the new messages fit on the screen", () => {
  const page = makePage({ rows: rows(1, 201), divider: 198 });
  expect(page.viewport.getView()).toMatchObject({ dividerId: "row199", follow: true });
  expect(page.gap()).toBe(0);
});

test("tells the newest row in the log that is wholly on screen", () => {
  const page = makePage({ rows: [...rows(1, 101), row(0, { id: "pending1", mine: true })] });
  expect(page.viewport.seenSeq()).toBe(100);
  page.scroll(1000);
  const seen = page.viewport.seenSeq();
  expect(page.place(`row${seen}`) + heightOf(`row${seen}`)).toBeLessThanOrEqual(608);
  expect(page.place(`row${seen + 1}`) + heightOf(`row${seen + 1}`)).toBeGreaterThan(600);
});

test("reveals a row with as little scrolling as possible, and pages by screens", () => {
  const page = makePage({ rows: rows(1, 501) });
  page.viewport.reveal("row100");
  page.viewport.settle();
  expect(page.place("row100")).toBeCloseTo(40, 0);
  const before = page.place("row101");
  page.viewport.reveal("row101");
  expect(page.place("row101")).toBe(before);
  const from = page.top();
  page.viewport.page(1);
  expect(page.top() - from).toBeCloseTo(540, 0);
});

test("keeps the rows of a selection rendered", () => {
  const page = makePage({ rows: rows(1, 501) });
  page.scroll(5000);
  const from = page.firstShown();
  page.viewport.pin([from, from]);
  page.scroll(9000);
  expect(page.rendered().map((each) => each.id)).toContain(from);
  page.viewport.pin(null);
  page.scroll(14_000);
  expect(page.rendered().map((each) => each.id)).not.toContain(from);
});

test("a discarded row leaves without a jump", () => {
  const page = makePage({ rows: rows(1, 201) });
  page.scroll(3000);
  const first = page.firstShown();
  const before = page.place(first);
  page.take({ rows: rows(1, 201).filter((each) => each.id !== "row3") });
  expect(page.place(first)).toBeCloseTo(before, 3);
});
