import type { Ask } from "./frames.ts";

/** One request as the text of a frame. Lone surrogates, which UTF-8 cannot carry, become U+FFFD. */
export function encode(id: string, ask: Ask): string {
  const { type, ...fields } = ask;
  return JSON.stringify({ type, id, ...fields }, (_key, value: unknown) =>
    typeof value === "string" ? value.toWellFormed() : value,
  );
}
