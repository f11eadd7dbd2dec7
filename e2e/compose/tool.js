/** A plain WebSocket tool: sends each line that it is given, prints each frame that it hears. */
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { WebSocket } = createRequire(new URL("../browser/package.json", import.meta.url))("ws");

const socket = new WebSocket(process.argv[2]);
socket.on("open", () => {
  console.log("connected");
  createInterface({ input: process.stdin }).on("line", (line) => socket.send(line));
});
socket.on("message", (data) => console.log(String(data)));
socket.on("error", (error) => fail(error.message));
socket.on("close", (code) => fail(`closed with ${code}`));

function fail(why) {
  console.error(`tool: ${why}`);
  process.exit(1);
}
