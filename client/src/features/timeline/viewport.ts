/**
 * Which rows of a channel are rendered, and where the scroller stands. It knows no React and no DOM: the page is a Surface.
 *
 * 1. Only a window of rows around what is visible is rendered; two spacers stand for the rest.
 * 2. A reader at the bottom follows: the bottom stays in view whatever comes. Otherwise the first row that can be seen is the
 *    anchor: its lower edge keeps its place on the screen when rows above it come, go, or turn out to be higher than
 *    estimated. The lower edge, because what stands above a row's text (day, author) changes with the row before it.
 * 3. take() hears of new rows and chooses the window before they are rendered; settle() measures after, before the paint.
 */
import type { Row } from "../../chat/model";
import { findDivider } from "./grouping";
import { Heights } from "./heights";

/** The page, in CSS pixels. */
export interface Surface {
  /** How much is visible at once; 0 while hidden. */
  height(): number;
  /** What stands above the first row inside the scroller. */
  lead(): number;
  scrollTop(): number;
  scrollTo(top: number): void;
  /** The greatest possible scrollTop. */
  scrollMax(): number;
  /** The heights of the rendered rows, in order. */
  measure(): number[];
  /** Sets the spacers before and after the rendered rows. */
  space(before: number, after: number): void;
}

/** What the viewport is told of the channel. */
export interface Source {
  rows: readonly Row[];
  version: number;
  live: boolean;
  divider: number | null;
}

/** What is to be rendered. */
export interface View {
  rows: readonly Row[];
  version: number;
  start: number;
  end: number; // exclusive
  dividerId: string | null;
  /** The reader is at the newest message and stays there. */
  follow: boolean;
}

export type Estimate = (rows: readonly Row[], index: number, dividerId: string | null) => number;

const overscan = 700; // rendered beyond what is visible, so that a fling rarely outruns rendering
const landing = 350; // the same where one jumps to: what is seen at once comes first, the rest with the next scrolling
const margin = 200; // when less than this is left of it, the window moves
const nearBottom = 24; // this close to the bottom counts as there
const unknownHeight = 900; // assumed until the first layout
const maxPinned = 300; // rows kept for a selection, at most

export class Viewport {
  private readonly heights = new Heights();
  private readonly listeners = new Set<() => void>();
  private surface: Surface | null = null;
  private view: View = { rows: [], version: -1, start: 0, end: 0, dividerId: null, follow: true };
  private divider: number | null = null;
  private live = true;
  private opened = false;
  private anchor: { id: string; offset: number } | null = null; // offset: from the row's lower edge to the scrollTop
  private toLatest = false; // the newest messages were asked for and are not loaded yet
  private placed = -1; // the scrollTop that was set last, to tell a person's scrolling from one's own
  private pinned: readonly [string, string] | null = null;

  constructor(private estimate: Estimate) {}

  attach(surface: Surface): () => void {
    this.surface = surface;
    return () => {
      this.surface = null;
    };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly getView = (): View => this.view;

  /** Hears what the channel holds now. */
  take(source: Source): void {
    const before = this.view;
    if (before.version === source.version && before.rows === source.rows && this.divider === source.divider && this.live === source.live) return;
    this.live = source.live;
    this.divider = source.divider;
    const dividerId = findDivider(source.rows, source.divider);
    const ids = source.rows.map((row) => row.id);
    this.heights.update(ids, (index) => this.estimate(source.rows, index, dividerId));
    if (!this.opened && ids.length > 0) this.open(dividerId);
    if (!this.live) this.leaveBottom();
    else if (this.toLatest) this.toBottom();
    this.change({ rows: source.rows, version: source.version, dividerId, ...this.windowAt(this.target()) });
  }

  /** The page has rendered the view: measure, set the spacers, and put the scroller where it belongs. */
  settle(): void {
    const surface = this.surface;
    if (!surface || surface.height() === 0) return;
    const { start, end } = this.view;
    surface.measure().forEach((height, i) => {
      if (height > 0) this.heights.set(start + i, height);
    });
    surface.space(this.heights.top(start), this.heights.total - this.heights.top(end));
    this.place(this.target());
    this.refresh();
  }

  /** The scroller moved. */
  scrolled(): void {
    const surface = this.surface;
    if (!surface || surface.height() === 0) return;
    const top = surface.scrollTop();
    if (Math.abs(top - this.placed) > 1) {
      this.placed = top;
      this.toLatest = false;
      this.holdAt(top);
    }
    this.refresh();
  }

  /** The width or the type size changed: nothing measured holds any more. */
  resized(estimate: Estimate): void {
    this.estimate = estimate;
    const { rows, dividerId } = this.view;
    this.heights.reset((index) => estimate(rows, index, dividerId));
  }

  /** Goes to the newest row and follows: now if it is loaded, otherwise as soon as it is. */
  toBottom(): void {
    this.toLatest = !this.live;
    if (this.toLatest) return;
    this.anchor = null;
    this.change({ ...this.windowAt(Infinity), follow: true });
    this.place(this.target());
  }

  /** The index of a row, or -1. */
  indexOf(id: string): number {
    return this.heights.indexOf(id);
  }

  /** Scrolls as little as needed to show a row, and renders it. Returns its index, or -1. */
  reveal(id: string): number {
    const index = this.heights.indexOf(id);
    const surface = this.surface;
    if (index < 0 || !surface) return index;
    const top = surface.lead() + this.heights.top(index);
    const bottom = top + this.heights.heightOf(index);
    const from = surface.scrollTop();
    const room = 40; // the day's label covers the upper edge
    if (top - room < from) this.moveTo(top - room);
    else if (bottom > from + surface.height()) this.moveTo(Math.min(bottom - surface.height(), top - room));
    return index;
  }

  /** Scrolls by so many screens and returns the id of the row that is then first in view. */
  page(screens: number): string | undefined {
    const surface = this.surface;
    if (!surface) return undefined;
    this.moveTo(surface.scrollTop() + screens * (surface.height() - 60));
    return this.heights.idAt(this.firstVisible());
  }

  /** Keeps the rows from one id to another rendered, for a selection that reaches over them. */
  pin(ids: readonly [string, string] | null): void {
    this.pinned = ids;
  }

  /** The newest row that is wholly on screen and in the log, or 0. */
  seenSeq(): number {
    const surface = this.surface;
    if (!surface || surface.height() === 0) return 0;
    const bottom = surface.scrollTop() - surface.lead() + surface.height();
    let index = this.heights.at(bottom);
    if (this.heights.top(index + 1) > bottom + 8 && index > this.firstVisible()) index--;
    for (; index >= 0; index--) {
      const seq = this.view.rows[index]?.seq ?? 0;
      if (seq > 0) return seq;
    }
    return 0;
  }

  /** How far the loaded rows reach beyond what is visible, above and below. */
  room(): { above: number; below: number } {
    const surface = this.surface;
    if (!surface || surface.height() === 0) return { above: Infinity, below: Infinity };
    const top = surface.scrollTop();
    return { above: top - surface.lead(), below: surface.scrollMax() - top };
  }

  private firstVisible(): number {
    const surface = this.surface;
    return surface ? this.heights.at(surface.scrollTop() - surface.lead()) : 0;
  }

  /** Where reading begins: a little above the New divider, or at the bottom. */
  private open(dividerId: string | null): void {
    this.opened = true;
    if (dividerId) {
      const index = this.heights.indexOf(dividerId);
      const before = this.heights.idAt(index - 1); // its lower edge is where the divider's row begins
      const quarter = (this.surface?.height() ?? unknownHeight) / 4;
      this.anchor = before === undefined ? { id: dividerId, offset: -this.heights.heightOf(index) - quarter } : { id: before, offset: -quarter };
    }
    this.view = { ...this.view, follow: !dividerId };
  }

  private leaveBottom(): void {
    if (!this.view.follow) return;
    this.holdAt(this.surface?.scrollTop() ?? 0);
  }

  /** Follows if `top` is the bottom, or makes the row there the anchor. */
  private holdAt(top: number): void {
    const surface = this.surface;
    if (!surface) return;
    const follow = this.live && surface.scrollMax() - top <= nearBottom;
    const index = this.anchorAt(top - surface.lead(), surface.height());
    const id = this.heights.idAt(index);
    this.anchor = follow || id === undefined ? null : { id, offset: top - surface.lead() - this.heights.top(index + 1) };
    if (follow !== this.view.follow) this.change({ follow });
  }

  /** The first row in view; of one that scrolling reached before it was rendered nobody has seen yet where it is. */
  private anchorAt(offset: number, height: number): number {
    const first = this.heights.at(offset);
    const { start, end } = this.view;
    return first < start && start < end && this.heights.top(start) < offset + height ? start : first;
  }

  private moveTo(top: number): void {
    this.place(top);
    this.holdAt(this.placed);
    this.refresh();
  }

  private place(top: number): void {
    const surface = this.surface;
    if (!surface) return;
    // Whole pixels: browsers cut fractions off, which would move everything up by nearly one.
    const wanted = Math.round(Math.max(0, Math.min(top, surface.scrollMax())));
    if (Math.abs(surface.scrollTop() - wanted) > 0.5) surface.scrollTo(wanted);
    this.placed = surface.scrollTop();
    // An anchor near the end may not reach its place: then this is the bottom.
    if (!this.view.follow && this.opened) this.followIfAtBottom();
  }

  private followIfAtBottom(): void {
    const surface = this.surface;
    if (surface && this.live && this.view.end === this.heights.length && surface.scrollMax() - this.placed <= nearBottom) {
      this.anchor = null;
      this.change({ follow: true });
    }
  }

  /** The scrollTop that keeps the bottom or the anchor where it is. */
  private target(): number {
    const surface = this.surface;
    if (!surface || (this.view.follow && !this.anchor)) return Infinity;
    const index = this.anchor ? this.heights.indexOf(this.anchor.id) : -1;
    if (!this.anchor || index < 0) return surface.scrollTop();
    return surface.lead() + this.heights.top(index + 1) + this.anchor.offset;
  }

  private windowAt(top: number, spare = overscan): { start: number; end: number } {
    const lead = this.surface?.lead() ?? 0;
    const height = (this.surface?.height() ?? 0) || unknownHeight;
    const offset = Math.max(0, Math.min(top - lead, this.heights.total - height));
    if (this.heights.length === 0) return { start: 0, end: 0 };
    const start = this.heights.at(offset - spare);
    return this.widen(start, this.heights.at(offset + height + spare) + 1);
  }

  private widen(start: number, end: number): { start: number; end: number } {
    if (!this.pinned) return { start, end };
    const [from, to] = this.pinned.map((id) => this.heights.indexOf(id)) as [number, number];
    if (from < 0 || to < 0) return { start, end };
    const first = Math.min(from, to, start);
    const last = Math.max(from + 1, to + 1, end);
    return last - first > end - start + maxPinned ? { start, end } : { start: first, end: last };
  }

  /** Moves the window if what is visible comes near its edge. */
  private refresh(): void {
    const surface = this.surface;
    if (!surface) return;
    const need = this.windowAt(surface.scrollTop(), margin);
    if (need.start >= this.view.start && need.end <= this.view.end) return;
    const jumped = need.start >= this.view.end || need.end <= this.view.start;
    this.change(this.windowAt(surface.scrollTop(), jumped ? landing : overscan));
  }

  private change(part: Partial<View>): void {
    this.view = { ...this.view, ...part };
    for (const listener of this.listeners) listener();
  }
}
