/** Those who want to know of something, in the order in which they came. */
export class Listeners<A extends unknown[]> {
  private readonly listeners = new Set<(...args: A) => void>();

  /** Returns what ends it. */
  add(listener: (...args: A) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(...args: A): void {
    for (const listener of [...this.listeners]) listener(...args);
  }
}
