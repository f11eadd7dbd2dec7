/** What a close asks of the client. `afterMs` is null when the server named no time. */
export type Verdict =
  | { kind: "now" }
  | { kind: "after"; afterMs: number | null }
  | { kind: "jitter" }
  | { kind: "end"; code: string; message: string };

/** The longest that a server may make a client wait, in milliseconds: a wrong number must not end the chat. */
export const LONGEST_WAIT = 60_000;

const sentences: Readonly<Record<string, string>> = {
  replaced: "This conversation was opened again elsewhere, so it stopped here.",
  name_taken: "Somebody else is here by this name, written another way. Choose another.",
  malformed: "The server could not read what this page sent. Reload the page to get its newest version.",
  hello_required: "The server could not read what this page sent. Reload the page to get its newest version.",
  frame_too_large: "A message was larger than the server takes. Reload the page to go on.",
  invalid_utf8: "The server could not read what this page sent. Reload the page to get its newest version.",
};
const unnamed = "The server ended the conversation.";

/** Reads a close code by its range, as docs/protocol.md says under Closing. */
export function verdict(closeCode: number, reason: string): Verdict {
  if (closeCode >= 4000 && closeCode < 4100) return { kind: "now" };
  if (closeCode >= 4100 && closeCode < 4200) return { kind: "after", afterMs: told(reason).retryMs };
  if (closeCode >= 4200 && closeCode < 4300) return end(told(reason).code ?? (closeCode === 4200 ? "replaced" : "refused"));
  if (closeCode === 1009) return end("frame_too_large");
  if (closeCode === 1007) return end("invalid_utf8");
  if (closeCode === 1002) return end("malformed");
  return { kind: "jitter" };
}

function end(code: string): Verdict {
  return { kind: "end", code, message: sentences[code] ?? unnamed };
}

/** The server's reason is JSON, but a proxy in between may have put anything there. */
function told(reason: string): { code: string | null; retryMs: number | null } {
  let value: unknown;
  try {
    value = JSON.parse(reason);
  } catch {
    value = null;
  }
  const { code, retry_ms: retryMs } = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  return {
    code: typeof code === "string" ? code : null,
    retryMs: typeof retryMs === "number" && retryMs >= 0 ? Math.min(retryMs, LONGEST_WAIT) : null,
  };
}

const BASE = 500;
const CAP = 20_000;

/** The wait before try number `attempt` (from 0), in milliseconds: full jitter, so that clients that were cut off together do not come back together. */
export function fullJitter(attempt: number, random: () => number): number {
  return Math.round(random() * Math.min(CAP, BASE * 2 ** Math.min(attempt, 16)));
}
