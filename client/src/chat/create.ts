import { decodeMessages } from "../protocol/decode.ts";
import type { Joining } from "./channels.ts";
import type { ChatDeps } from "./deps.ts";
import type { Chat, Outcome } from "./model.ts";
import { refusal, Rows } from "./rows.ts";
import { Wiring } from "./wiring.ts";

/** Makes the chat. Nothing connects before `enter`. */
export function createChat(deps: ChatDeps): Chat {
  const parts = new Wiring(deps);
  return {
    store: parts.publisher.store,
    ...entering(parts, deps.fetchLatest),
    ...writing(parts),
    ...reading(parts),
    ...moving(parts),
    dispose: () => parts.dispose(),
  };
}

function entering(parts: Wiring, fetchLatest: ChatDeps["fetchLatest"]): Pick<Chat, "enter" | "kept" | "fetchLatest" | "leaveChat" | "retryNow"> {
  const { session, identity, connection, publisher, visit } = parts;
  return {
    enter: (user) => session.enter(user),
    kept: () => identity.kept(),
    fetchLatest: async () => {
      const strangers = new Rows("");
      return decodeMessages(await fetchLatest()).map((message) => strangers.of(message));
    },
    leaveChat: async () => {
      session.leave();
      const forgotten = visit.forget();
      publisher.flush();
      await forgotten;
    },
    retryNow: () => connection.retryNow(),
  };
}

function writing({ outbox, delivery, publisher, visit, channels }: Wiring): Pick<Chat, "send" | "edit" | "remove" | "retry" | "discard" | "setDraft"> {
  /** A person does something: it goes out, and is seen at once. */
  const act = (does: () => void) => {
    if (!visit.profile) return; // nobody is here
    does();
    delivery.flush();
    publisher.flush();
  };
  return {
    send: (channel, text) => {
      if (text.trim() !== "") act(() => outbox.send(channel, text));
    },
    edit: (channel, id, text) => {
      if (text.trim() !== "") act(() => outbox.edit(channel, id, text));
    },
    remove: (channel, id) => act(() => outbox.remove(channel, id)),
    retry: (_channel, id) => act(() => outbox.retry(id)),
    discard: (_channel, id) => act(() => outbox.discard(id)),
    setDraft: (name, text) => {
      const channel = channels.get(name);
      if (!channel || channel.draft === text) return;
      channel.draft = text;
      visit.profile?.setDraft(name, text);
      publisher.touch(channel);
      publisher.flush(); // a text field that waited for the next frame would lose its cursor
    },
  };
}

function reading({ channels, publisher, reading: read }: Wiring): Pick<Chat, "loadOlder" | "loadNewer" | "jumpToLatest" | "markRead" | "markAllRead" | "setMuted" | "onArrival"> {
  return {
    loadOlder: (name) => channels.loader(name)?.older(),
    loadNewer: (name) => channels.loader(name)?.newer(),
    jumpToLatest: (name) => {
      const channel = channels.get(name);
      if (!channel?.window.loaded || !channel.live) channels.loader(name)?.anew();
    },
    markRead: (name, seq) => {
      if (read.mark(name, seq)) publisher.flush(); // what is on screen is never told as unread, not for one frame
    },
    markAllRead: () => read.markAll(),
    setMuted: (name, muted) => read.mute(name, muted),
    onArrival: (listener) => read.onArrival.add(listener),
  };
}

function moving(parts: Wiring): Pick<Chat, "openChannel" | "listChannels" | "createChannel" | "join" | "leave"> {
  const { channels, reading: read, publisher } = parts;
  /** Joins, and goes there. */
  const go = (begin: (joining: Joining) => void) =>
    new Promise<Outcome>((resolve) =>
      begin((joined) => {
        if ("error" in joined) {
          resolve({ ok: false, error: refusal(joined.error) });
          return;
        }
        read.show(joined.name);
        publisher.flush();
        resolve({ ok: true });
      }),
    );
  return {
    openChannel: (name) => {
      if (channels.get(name)) read.show(name);
      else void go((joining) => channels.join(name, joining));
      publisher.flush();
    },
    listChannels: (after) =>
      new Promise((resolve) =>
        parts.ask(after === "" ? { type: "channels" } : { type: "channels", after }, (answer) =>
          resolve(answer.ok ? { channels: answer.reply.channels, more: answer.reply.more } : refusal(answer.error)),
        ),
      ),
    createChannel: (name, topic) => go((joining) => channels.create(name, topic, joining)),
    join: (name) => go((joining) => channels.join(name, joining)),
    leave: (name) =>
      new Promise((resolve) =>
        channels.leave(name, (error) => {
          publisher.flush();
          resolve(error ? { ok: false, error: refusal(error) } : { ok: true });
        }),
      ),
  };
}
