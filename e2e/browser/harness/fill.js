/** Fills a channel quickly, as somebody who is not at a page. */
import { randomUUID } from "node:crypto";
import WebSocket from "ws";

const AT_ONCE = 500; // messages that are not acknowledged yet

/** Posts `count` messages of the text that `text(i)` gives, i from 1. The server must run with --rate 0. */
export async function fill(address, count, text) {
  const socket = new WebSocket(`ws://${address}/chat`, "parley.v1");
  await new Promise((resolve, reject) => {
    let sent = 0;
    let acknowledged = 0;
    const send = () => {
      while (sent < count && sent - acknowledged < AT_ONCE) {
        sent++;
        socket.send(JSON.stringify({ type: "send", id: `${sent}`, channel: "general", nonce: randomUUID(), text: text(sent) }));
      }
    };
    socket.on("error", reject);
    socket.on("close", (code) => reject(new Error(`closed with ${code} after ${acknowledged} of ${count}`)));
    socket.on("open", () => socket.send(JSON.stringify({ type: "hello", id: "h", user: "filler" })));
    socket.on("message", (data) => {
      const frame = JSON.parse(data);
      if (frame.type === "error") reject(new Error(frame.message));
      if (frame.type === "ack") acknowledged++;
      if (acknowledged === count) resolve();
      else send();
    });
  });
  socket.removeAllListeners("close");
  socket.close();
}
