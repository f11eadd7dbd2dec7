import type { KeyValue } from "../deps.ts";

/** Every key of this program begins with it. */
const PREFIX = "parley:";

/**
 * A small store of JSON values that goes on in memory when the browser refuses or is full. What other programs, older
 * versions or people put there is checked by who reads it.
 */
export class Kept {
  private readonly memory = new Map<string, string>();

  constructor(
    private readonly values: KeyValue,
    /** The browser refused: what is written lives only as long as this page. */
    private readonly unkept: () => void,
  ) {}

  /** null when there is nothing, or nothing that can be read. */
  read(key: string): unknown {
    try {
      const text = this.memory.get(PREFIX + key) ?? this.values.get(PREFIX + key);
      return text === null ? null : (JSON.parse(text) as unknown);
    } catch {
      return null; // refused, or not JSON: the same as nothing
    }
  }

  write(key: string, value: unknown): void {
    const text = JSON.stringify(value);
    try {
      this.values.set(PREFIX + key, text);
      this.memory.delete(PREFIX + key);
    } catch {
      this.memory.set(PREFIX + key, text);
      this.unkept();
    }
  }

  remove(key: string): void {
    this.memory.delete(PREFIX + key);
    try {
      this.values.remove(PREFIX + key);
    } catch {
      this.unkept();
    }
  }

  /** Removes all whose key begins so. */
  removeAll(beginning: string): void {
    for (const key of this.keys()) if (key.startsWith(beginning)) this.remove(key);
  }

  private keys(): string[] {
    const keys = new Set(this.memory.keys());
    try {
      for (const key of this.values.keys()) keys.add(key);
    } catch {
      this.unkept();
    }
    return [...keys].filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
  }
}

/** The strings of what should be a list of strings. */
export function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((element) => typeof element === "string") : [];
}

/** What should be an object, as its fields. */
export function fields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
