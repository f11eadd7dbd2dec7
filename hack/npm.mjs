// Does what npm would do every time only when something has changed, told by content:
//
//   node hack/npm.mjs ci FOLDER          node_modules as package-lock.json says
//   node hack/npm.mjs build FOLDER OUT   that, then `npm run build`, which makes FOLDER/OUT
//
// What was done last is noted in build/stamps. A failure leaves no note.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [, , task, folder, out] = process.argv;
if (!["ci", "build"].includes(task) || !folder || (task === "build") !== Boolean(out)) {
  fail("usage: node hack/npm.mjs ci FOLDER | build FOLDER OUT");
}
const home = join(root, folder);
if (!existsSync(join(home, "package-lock.json"))) fail(`there is no ${folder}/package-lock.json`);

const packages = digest([".npmrc", "package.json", "package-lock.json"].filter((name) => existsSync(join(home, name))));
once("ci", packages, "node_modules/.package-lock.json", ["ci"]);
if (task === "build") once("build", digest(sources(), packages), join(out, "index.html"), ["run", "build"]);

/** Runs npm with args, unless that was done with the same input and its result is there. */
function once(name, input, result, args) {
  const stamp = join(root, "build", "stamps", `${folder.replaceAll("/", "-")}-${name}`);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === input && existsSync(join(home, result))) return;
  console.log(`npm ${args.join(" ")} in ${folder}`);
  rmSync(stamp, { force: true });
  const done = spawnSync("npm", args, { cwd: home, stdio: "inherit", shell: process.platform === "win32" });
  if (done.error) fail(`npm could not be started: ${done.error.message}`);
  if (done.status !== 0) fail(`npm ${args.join(" ")} in ${folder} failed`);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, input);
}

/** All files that a build may read: everything but what is made. */
function sources() {
  const made = new Set([join(home, "node_modules"), join(home, out), join(home, "coverage")]);
  const found = [];
  const visit = (parent) => {
    for (const entry of readdirSync(parent, { withFileTypes: true })) {
      const path = join(parent, entry.name);
      if (made.has(path)) continue;
      if (entry.isDirectory()) visit(path);
      else found.push(relative(home, path).split(sep).join("/"));
    }
  };
  visit(home);
  return found.sort();
}

/** A digest of the files' names and content, of Node's version and of what came before. */
function digest(names, before = "") {
  const hash = createHash("sha256").update(`${process.version}\0${before}\0`);
  for (const name of names) {
    const content = readFileSync(join(home, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

function fail(sentence) {
  console.error(`npm.mjs: ${sentence}`);
  process.exit(1);
}
