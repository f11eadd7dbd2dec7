/** The chat server as a process of its own, over an SQLite file. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { serverProgram } from "./paths.js";

const STARTING = 20_000; // milliseconds
const ENDING = 10_000;

export class Server {
  /** HOST:PORT of the running process; another one after a restart. */
  address = "";
  /** What it logged since it was first started, one object a line. */
  log = [];
  #child = null;
  #store;
  #flags;

  constructor(store, flags = []) {
    this.#store = store;
    this.#flags = flags;
  }

  /** Starts it and waits until it serves. */
  async start() {
    const args = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--store", `sqlite:${this.#store}`];
    const child = spawn(serverProgram(), [...args, "--log-format", "json", "--drain", "1s", ...this.#flags], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    process.once("exit", () => child.kill("SIGKILL"));
    this.address = await this.#serving(child);
  }

  /** Ends it as a crash does. */
  async crash() {
    const child = this.#child;
    child.kill("SIGKILL");
    await ended(child);
  }

  /** Ends it as a supervisor does, and fails when that is not in order. */
  async stop() {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), ENDING);
    await ended(child);
    clearTimeout(late);
    if (child.exitCode !== 0) throw new Error(`the server ended with ${child.exitCode ?? child.signalCode}\n${this.tail()}`);
  }

  /** What it logged that says that something is wrong. */
  get alarms() {
    return this.log.filter((line) => line.level === "ERROR" || line.level === undefined);
  }

  tail() {
    return this.log.slice(-20).map((line) => JSON.stringify(line)).join("\n");
  }

  #serving(child) {
    return new Promise((resolve, reject) => {
      const fail = (why) => reject(new Error(`the server ${why}\n${this.tail()}`));
      const late = setTimeout(() => fail("does not serve"), STARTING);
      child.once("error", reject);
      child.once("exit", (code, signal) => fail(`ended with ${code ?? signal}`));
      createInterface({ input: child.stderr }).on("line", (text) => {
        const line = parsed(text);
        this.log.push(line);
        if (line.msg !== "serving") return;
        clearTimeout(late);
        resolve(line.chat);
      });
    });
  }
}

async function ended(child) {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

/** A line that is no JSON, such as a panic's, has no level. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { msg: text };
  }
}
