/**
 * How high every row is, and where. Rows that were on screen are measured, the others estimated; sums come from a Fenwick
 * tree, so finding a place and changing a height cost O(log n) over 50,000 rows.
 */
export class Heights {
  /** How many rows there are. */
  length = 0;
  private ids: readonly string[] = [];
  private heights = new Float64Array(0);
  private tree = new Float64Array(1);
  private found = 0; // where the last row was that was looked for: mostly it is looked for again

  /** Takes over a new list of row ids, all different and not to be changed afterwards. Heights of rows that were there before are kept, the others estimated. */
  update(ids: readonly string[], estimate: (index: number) => number): void {
    const limit = Math.min(ids.length, this.length);
    let prefix = 0;
    while (prefix < limit && ids[prefix] === this.ids[prefix]) prefix++;
    if (prefix === ids.length && prefix === this.length) return;
    let suffix = 0;
    while (suffix < limit - prefix && ids[ids.length - 1 - suffix] === this.ids[this.length - 1 - suffix]) suffix++;

    // What changed is nearly always at one end; only between the equal ends do rows have to be looked up.
    const known = new Map<string, number>();
    for (let i = prefix; i < this.length - suffix; i++) known.set(this.ids[i] ?? "", this.heights[i] ?? 0);
    const heights = new Float64Array(ids.length);
    heights.set(this.heights.subarray(0, prefix));
    for (let i = prefix; i < ids.length - suffix; i++) heights[i] = known.get(ids[i] ?? "") ?? estimate(i);
    heights.set(this.heights.subarray(this.length - suffix, this.length), ids.length - suffix);
    if (this.found >= prefix) this.found += ids.length - this.length;
    this.ids = ids;
    this.length = ids.length;
    this.heights = heights;
    this.rebuild();
  }

  /** Forgets what was measured, because the width or the type size changed. */
  reset(estimate: (index: number) => number): void {
    for (let i = 0; i < this.length; i++) this.heights[i] = estimate(i);
    this.rebuild();
  }

  /** The index of a row, or -1. */
  indexOf(id: string): number {
    if (this.ids[this.found] === id) return this.found;
    if (this.ids[0] === id) return 0;
    const index = this.ids.lastIndexOf(id);
    if (index >= 0) this.found = index;
    return index;
  }

  idAt(index: number): string | undefined {
    return this.ids[index];
  }

  heightOf(index: number): number {
    return this.heights[index] ?? 0;
  }

  /** Sets a measured height in pixels, exactly: small differences add up over many rows. Tells whether it is another one. */
  set(index: number, height: number): boolean {
    const change = height - this.heightOf(index);
    if (index < 0 || index >= this.length || change === 0) return false;
    this.heights[index] = height;
    for (let i = index + 1; i <= this.length; i += i & -i) this.tree[i] = (this.tree[i] ?? 0) + change;
    return true;
  }

  /** Where row `index` begins, in pixels below the first one; for `length`, where the last one ends. */
  top(index: number): number {
    let sum = 0;
    for (let i = Math.min(index, this.length); i > 0; i -= i & -i) sum += this.tree[i] ?? 0;
    return sum;
  }

  get total(): number {
    return this.top(this.length);
  }

  /** The row that covers `offset`, held between the first and the last. */
  at(offset: number): number {
    let index = 0;
    let rest = offset;
    for (let step = 2 ** Math.floor(Math.log2(Math.max(1, this.length))); step > 0; step >>= 1) {
      const next = index + step;
      const sum = this.tree[next] ?? 0;
      if (next <= this.length && sum <= rest) {
        index = next;
        rest -= sum;
      }
    }
    return Math.max(0, Math.min(index, this.length - 1));
  }

  private rebuild(): void {
    const tree = new Float64Array(this.length + 1);
    for (let i = 1; i <= this.length; i++) {
      tree[i] = (tree[i] ?? 0) + (this.heights[i - 1] ?? 0);
      const parent = i + (i & -i);
      if (parent <= this.length) tree[parent] = (tree[parent] ?? 0) + (tree[i] ?? 0);
    }
    this.tree = tree;
  }
}
