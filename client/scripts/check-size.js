// Fails when the JavaScript that the page needs before it can do anything (the entry and everything it imports
// statically) is more than the budget, gzipped as a server would send it.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const budget = 180 * 1024;
const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");
const manifest = JSON.parse(readFileSync(join(dist, ".vite", "manifest.json"), "utf8"));

/** The files of the chunk called `key` and of all that it imports statically. */
function initial(key, found = new Map()) {
  const chunk = manifest[key];
  if (found.has(key)) return found;
  found.set(key, chunk.file);
  for (const imported of chunk.imports ?? []) initial(imported, found);
  return found;
}

const entries = Object.keys(manifest).filter((key) => manifest[key].isEntry);
if (entries.length === 0) throw new Error("the build's manifest names no entry");
const files = new Set(entries.flatMap((key) => [...initial(key).values()]).filter((file) => file.endsWith(".js")));

let total = 0;
for (const file of files) {
  const size = gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;
  total += size;
  console.log(`${(size / 1024).toFixed(1).padStart(8)} KiB  ${file}`);
}
console.log(`${(total / 1024).toFixed(1).padStart(8)} KiB  initial JavaScript, gzipped, of ${budget / 1024} KiB`);
if (total > budget) {
  console.error("The initial JavaScript is over its budget: load what is not needed at first with import().");
  process.exit(1);
}
