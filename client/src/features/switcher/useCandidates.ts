import { useEffect, useMemo, useState } from "react";
import type { ChannelInfo, Chat } from "../../chat/model";
import { useChat, useChatState } from "../bridge";
import type { Candidate } from "./filter";

export interface Candidates {
  all: Candidate[];
  load: "loading" | "done" | "failed";
}

const mostPages = 40; // of up to 500 channels

/** The joined channels at once, and the other ones as the server lists them. */
export function useCandidates(): Candidates {
  const chat = useChat();
  const order = useChatState((state) => state.order);
  const channels = useChatState((state) => state.channels);
  const [others, setOthers] = useState<ChannelInfo[]>([]);
  const [load, setLoad] = useState<Candidates["load"]>("loading");
  useEffect(() => {
    let wanted = true;
    void listAll(chat, (found) => wanted && setOthers(found)).then((whole) => wanted && setLoad(whole ? "done" : "failed"));
    return () => {
      wanted = false;
    };
  }, [chat]);
  const all = useMemo(() => {
    const joined = order.flatMap((name): Candidate[] => {
      const channel = channels[name];
      return channel ? [{ name, topic: channel.topic, joined: true, unread: channel.muted ? 0 : channel.unread }] : [];
    });
    const rest = others.filter(({ name }) => !channels[name]).map((info): Candidate => ({ ...info, joined: false, unread: 0 }));
    return [...joined, ...rest];
  }, [order, channels, others]);
  return { all, load };
}

/** Reads page after page; tells whether it got to the end. */
async function listAll(chat: Chat, show: (found: ChannelInfo[]) => void): Promise<boolean> {
  let found: ChannelInfo[] = [];
  for (let page = 0; page < mostPages; page++) {
    const answer = await chat.listChannels(found.at(-1)?.name ?? "");
    if (!("channels" in answer)) return false;
    found = [...found, ...answer.channels];
    show(found);
    if (!answer.more || answer.channels.length === 0) return true;
  }
  return true;
}
