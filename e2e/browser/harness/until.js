/** Waiting for what must come true, without sleeping longer than needed. */

const PAUSE = 40; // milliseconds between two looks

/**
 * Looks again and again until `look` returns something true, and returns that. Fails after `within` milliseconds with
 * what was waited for; what `look` threw last is its cause.
 */
export async function until(what, look, within = 15_000) {
  const end = Date.now() + within;
  let cause;
  for (;;) {
    try {
      const seen = await look();
      if (seen) return seen;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (Date.now() > end) throw new Error(`not within ${within} ms: ${what}${cause ? `: ${cause.message}` : ""}`, { cause });
    await pause(PAUSE);
  }
}

/** For where time itself is tested, and between two looks. */
export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
