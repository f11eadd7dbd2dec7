/** Keeps an eye on a page for what nobody would otherwise notice. */

/** What a browser writes to its console when the network is gone. Fine where a test breaks the network, and only there. */
export const broken = /WebSocket connection to .* failed|Failed to load resource: net::ERR_/;

/** What has gone wrong in a page: errors, violations of the page's policy, a message that was shown twice. */
export class Watch {
  #problems = [];
  #expected = [];

  /** Begins before the page loads anything. */
  static async begin(page) {
    const watch = new Watch();
    page.on("pageerror", (error) => watch.#note(`uncaught ${error.stack ?? error}`));
    page.on("console", (message) => watch.#console(message));
    page.on("crash", () => watch.#note("the page crashed"));
    await page.exposeBinding("e2eProblem", (_source, problem) => watch.#note(problem));
    await page.addInitScript(watchPage);
    return watch;
  }

  /** From now on this may be said. */
  expect(pattern) {
    this.#expected.push(pattern);
  }

  get problems() {
    return this.#problems;
  }

  #console(message) {
    if (message.type() !== "error" && message.type() !== "warning") return;
    this.#note(`console ${message.type()}: ${message.text()} (${message.location().url})`);
  }

  #note(problem) {
    if (!this.#expected.some((pattern) => pattern.test(problem))) this.#problems.push(problem);
  }
}

/** Runs in the page. Texts in these tests are unique, so one that stands there twice was doubled, if only for a moment. */
function watchPage() {
  document.addEventListener("securitypolicyviolation", (event) => {
    window.e2eProblem(`policy violated: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
  });
  const look = () => {
    const seen = new Set();
    for (const row of document.querySelectorAll("[role=log] [data-id]")) {
      const text = row.querySelector("[id$='-text']")?.textContent ?? "";
      if (!text.startsWith("once ")) continue;
      if (seen.has(text)) window.e2eProblem(`shown twice: ${text}`);
      seen.add(text);
    }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
}
