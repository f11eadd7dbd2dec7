/** Where things are. */
import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** The server that was built, with the client inside; $CHATSERVER names another one. */
export function serverProgram() {
  const program = process.env.CHATSERVER ?? join(root, "bin", "chatserver");
  if (!existsSync(program)) throw new Error(`there is no ${program}: run "make build" first`);
  return program;
}

/** Debian's Chromium, or what $CHROMIUM names. */
export function chromiumProgram() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
      if (runs(join(folder, name))) return join(folder, name);
    }
  }
  throw new Error("there is no chromium on PATH; install it, or name one in $CHROMIUM");
}

/** A folder under build/e2e, made if need be. */
export function artifacts(name) {
  const folder = join(root, "build", "e2e", name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

function runs(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
