/** A web server of somebody else: by its name another site, and one that lets everybody in. */
import { once } from "node:events";
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

const files = {
  "/messages": ["application/json", "[]"],
  "/theme.js": ["text/javascript", "window.loaded = true;"],
  "/icon.svg": ["image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'],
};
const page = ["text/html; charset=utf-8", "<!doctype html><title>stranger</title><p>Free prizes"];

export class Stranger {
  #listener = createServer((request, response) => {
    const [type, body] = files[request.url] ?? page;
    const open = { "Access-Control-Allow-Origin": request.headers.origin ?? "*", "Access-Control-Allow-Credentials": "true" };
    response.writeHead(200, { "Content-Type": type, ...open }).end(body);
  });
  #sockets = new WebSocketServer({ server: this.#listener });

  static async open() {
    const stranger = new Stranger();
    stranger.#listener.listen(0, "127.0.0.1");
    await once(stranger.#listener, "listening");
    return stranger;
  }

  get origin() {
    return `http://parley.test:${this.#listener.address().port}`;
  }

  async close() {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#listener.closeAllConnections();
    this.#listener.close();
    await once(this.#listener, "close");
  }
}
