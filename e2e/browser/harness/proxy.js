/** The network between a browser and the server, which a test can break. */
import { createServer, connect } from "node:net";
import { once } from "node:events";

/**
 * A TCP proxy. What it does with connections:
 * - `pass`: carries bytes, each way `delay` milliseconds later
 * - `cut`: ends all connections and every new one, as a network that is gone and known to be
 * - `cutSockets`: the same for WebSockets alone, while pages still load
 * - `stall`: keeps all connections and carries nothing, as a network that is gone and nobody says so
 */
export class Proxy {
  /** Milliseconds that bytes take on their way, each way. */
  delay = 0;
  #mode = "pass";
  #links = new Set();
  #listener = createServer({ pauseOnConnect: true }, (socket) => this.#accept(socket));
  #upstream;

  /** `upstream` tells HOST:PORT of the server at every connect: it may come back on another port. */
  constructor(upstream) {
    this.#upstream = upstream;
  }

  async open() {
    this.#listener.listen(0, "127.0.0.1");
    await once(this.#listener, "listening");
  }

  async close() {
    this.#set("cut");
    this.#listener.close();
    await once(this.#listener, "close");
  }

  get origin() {
    return `http://127.0.0.1:${this.#listener.address().port}`;
  }

  cut() {
    this.#set("cut");
  }

  cutSockets() {
    this.#set("cutSockets");
  }

  stall() {
    this.#set("stall");
  }

  /** The network is back. Connections that stalled go on where they were. */
  restore() {
    this.#set("pass");
  }

  #set(mode) {
    this.#mode = mode;
    for (const link of this.#links) this.#apply(link);
  }

  #apply(link) {
    if (this.#mode === "cut" || (this.#mode === "cutSockets" && link.socket)) link.end();
    else if (this.#mode === "stall") link.hold();
    else link.flow();
  }

  #accept(client) {
    const [host, port] = this.#upstream().split(":");
    const server = connect({ host, port: Number(port), allowHalfOpen: true });
    server.pause();
    const link = new Link(client, server, () => this.delay);
    this.#links.add(link);
    link.ended = () => this.#links.delete(link);
    link.recognised = () => this.#apply(link);
    this.#apply(link);
  }
}

/** One connection through the proxy: a flow of bytes each way. */
class Link {
  /** It was seen to ask for a WebSocket. */
  socket = false;
  ended = () => {};
  recognised = () => {};
  #sockets;
  #flows;

  constructor(client, server, delay) {
    this.#sockets = [client, server];
    client.on("data", (chunk) => this.#recognise(chunk)); // before the chunk is passed on
    this.#flows = [new Flow(client, server, delay), new Flow(server, client, delay)];
    for (const socket of this.#sockets) {
      socket.setNoDelay(true);
      socket.on("error", () => this.end());
      socket.on("close", () => this.end());
    }
  }

  hold() {
    for (const flow of this.#flows) flow.hold();
  }

  flow() {
    for (const flow of this.#flows) flow.go();
  }

  end() {
    this.ended();
    for (const flow of this.#flows) flow.drop();
    for (const socket of this.#sockets) if (!socket.destroyed) socket.destroy();
  }

  #recognise(chunk) {
    if (this.socket || !chunk.subarray(0, 10).toString("latin1").startsWith("GET /chat")) return;
    this.socket = true;
    this.recognised();
  }
}

/** Bytes from one socket to another, in order, each chunk no earlier than its delay. */
class Flow {
  #from;
  #queue = [];
  #held = true;
  #timer;

  constructor(from, to, delay) {
    this.#from = from;
    from.on("data", (chunk) => this.#put(delay(), () => to.write(chunk)));
    from.on("end", () => this.#put(delay(), () => to.end()));
  }

  hold() {
    this.#held = true;
    this.#from.pause();
  }

  go() {
    this.#held = false;
    this.#from.resume();
    this.#pump();
  }

  drop() {
    clearTimeout(this.#timer);
    this.#queue = [];
    this.#held = true;
  }

  #put(delay, deliver) {
    this.#queue.push({ at: Date.now() + delay, deliver });
    this.#pump();
  }

  #pump() {
    clearTimeout(this.#timer);
    while (!this.#held && this.#queue.length > 0) {
      const wait = this.#queue[0].at - Date.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#pump(), wait);
        return;
      }
      this.#queue.shift().deliver();
    }
  }
}
