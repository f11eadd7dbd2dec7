/** Many messages, quickly. */
import { randomBytes } from "node:crypto";
import { WebSocket } from "ws";

const WINDOW = 200; // sends of one person that may be unacknowledged
const people = ["amara", "ben", "carla", "dmitri"];
const words = "the drain window spreads reconnects so that no burst reaches a store while replicas agree on what was said and nothing is lost".split(" ");

/** Fills general with messages `from` to `to`, numbered, said by four people. Needs a server without a rate limit. */
export async function fill(address, from, to) {
  let next = from;
  const take = () => (next <= to ? next++ : null);
  await Promise.all(people.map((name) => talk(address, name, take)));
}

/** Says what `take` gives a number for, until it gives null and all of it is acknowledged. */
function talk(address, name, take) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${address}/chat`, "parley.v1", { perMessageDeflate: false });
    let waiting = 0;
    const ask = (request) => socket.send(JSON.stringify(request));
    const more = () => {
      for (let number; waiting < WINDOW && (number = take()) !== null; waiting++) {
        ask({ type: "send", id: String(number), channel: "general", nonce: randomBytes(16).toString("base64url"), text: textOf(number) });
      }
      if (waiting === 0) socket.close();
    };
    socket.on("open", () => ask({ type: "hello", id: "hello", user: name, session: "crowd", channels: {} }));
    socket.on("message", (data) => {
      // Everybody hears all of it; only one's own replies are worth parsing.
      if (data.subarray(0, 17).toString() === '{"type":"message"') return;
      const frame = JSON.parse(data);
      if (frame.type === "error") reject(new Error(`${frame.code}: ${frame.message}`));
      if (frame.type === "ack") waiting--;
      if (frame.type === "ack" || frame.type === "welcome") more();
    });
    socket.on("error", reject);
    socket.on("close", resolve);
  });
}

/** From one word to a few lines, the same for the same number. */
function textOf(number) {
  const count = 1 + ((number * 7919) % 23);
  const said = Array.from({ length: count }, (_, i) => words[(number * 31 + i * 7) % words.length]).join(" ");
  return `Message ${number}: ${said}${number % 50 === 0 ? "\n\n```\nlevel=info msg=drained\nclients=15000\n```" : ""}`;
}
