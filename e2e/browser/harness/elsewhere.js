/** A person's session over a WebSocket of its own, without a page. */
import { WebSocket } from "ws";

/** Enters with the session of somebody's page, which is replaced by it. `code` of the result is the close code once it was closed itself. */
export async function takeOver(address, person) {
  const session = await sessionOf(person);
  const socket = new WebSocket(`ws://${address}/chat`, "parley.v1");
  const taken = { code: null };
  socket.on("close", (code) => (taken.code = code));
  await new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("message", resolve);
    socket.once("open", () => socket.send(JSON.stringify({ type: "hello", id: "1", user: person.name, session, channels: {} })));
  });
  return taken;
}

/** The session of somebody's page. */
export function sessionOf(person) {
  return person.page.evaluate(() => JSON.parse(sessionStorage.getItem("parley:session")));
}
