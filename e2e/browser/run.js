/** Runs the tests one file after another: each starts a browser, and two cores are enough for one. */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = join(dirname(fileURLToPath(import.meta.url)), "tests");
const files = readdirSync(folder).filter((name) => name.endsWith(".test.js")).sort();
const args = ["--test", "--test-concurrency=1", "--test-reporter=spec", ...files.map((name) => join(folder, name))];
const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
process.exitCode = status ?? 1;
