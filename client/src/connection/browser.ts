import { SUBPROTOCOL } from "../protocol/frames.ts";
import type { Clock, Environment, OpenSocket, Wakes } from "./environment.ts";

/** The world as a browser gives it. */
export function browserEnvironment(): Environment {
  return { clock: browserClock, open: openTo(socketAddress(window.location)), wakes: browserWakes, random: () => Math.random() };
}

/** The address of the chat on the server that the page came from. */
export function socketAddress(page: { protocol: string; host: string }): string {
  return `${page.protocol === "https:" ? "wss" : "ws"}://${page.host}/chat`;
}

const browserClock: Clock = {
  now: () => Date.now(),
  after: (ms, fire) => {
    const timer = setTimeout(fire, ms);
    return {
      cancel: () => {
        clearTimeout(timer);
      },
    };
  },
};

/** Sockets to `address`, which holds no secret: who one is goes in the first frame. */
export function openTo(address: string): OpenSocket {
  return (handlers) => {
    const socket = new WebSocket(address, [SUBPROTOCOL]);
    socket.onopen = () => handlers.opened();
    socket.onmessage = (event: MessageEvent<unknown>) => handlers.received(typeof event.data === "string" ? event.data : null);
    socket.onclose = (event) => handlers.closed(event.code, event.reason);
    // There is no onerror: the browser tells nothing in it, and a close always follows.
    return {
      send: (text) => {
        // A socket that is closing drops what it is given, and says so by closing.
        if (socket.readyState === WebSocket.OPEN) socket.send(text);
      },
      close: () => socket.close(),
    };
  };
}

const browserWakes: Wakes = {
  online: () => navigator.onLine,
  listen: (woke, slept) => {
    const looked = () => {
      if (document.visibilityState === "visible") woke();
    };
    window.addEventListener("online", woke);
    window.addEventListener("pageshow", woke);
    document.addEventListener("visibilitychange", looked);
    window.addEventListener("offline", slept);
    return () => {
      window.removeEventListener("online", woke);
      window.removeEventListener("pageshow", woke);
      document.removeEventListener("visibilitychange", looked);
      window.removeEventListener("offline", slept);
    };
  },
};
