/** Somebody who talks without a page: requests over a WebSocket, each answered before the next. */
import { randomBytes } from "node:crypto";
import { WebSocket } from "ws";

export class Voice {
  #socket;
  #waiting = new Map(); // by request id
  #asked = 0;

  constructor(socket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#answered(JSON.parse(data)));
  }

  /** Somebody who is in the chat, in general and in `channels`, which are made if need be: name → topic. */
  static async enter(address, user, channels = {}) {
    const socket = new WebSocket(`ws://${address}/chat`, "parley.v1");
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    const voice = new Voice(socket);
    await voice.#ask({ type: "hello", user, session: `voice-of-${randomBytes(6).toString("hex")}`, channels: {} });
    for (const [channel, topic] of Object.entries(channels)) {
      await voice.create(channel, topic).catch(() => voice.#ask({ type: "join", channel }));
    }
    return voice;
  }

  async say(text, channel = "general") {
    return await this.#ask({ type: "send", channel, nonce: randomBytes(16).toString("base64url"), text });
  }

  async create(channel, topic) {
    return await this.#ask({ type: "create", channel, topic });
  }

  leave() {
    this.#socket.close();
  }

  #ask(request) {
    const id = String(++this.#asked);
    this.#socket.send(JSON.stringify({ ...request, id }));
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #answered(frame) {
    const waiting = this.#waiting.get(frame.id);
    if (frame.type === "error" && waiting) waiting.reject(new Error(`${frame.code}: ${frame.message}`));
    else if (frame.type !== "message") waiting?.resolve(frame);
  }
}
