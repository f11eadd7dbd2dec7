/** The bridge between the chat, which knows no React, and components: read by selector, ask by method. */
import { createContext, use } from "react";
import { useStore } from "zustand";
import type { ChannelState, Chat, ChatState } from "../chat/model";

export const ChatContext = createContext<Chat | null>(null);

/** The chat, to ask things of. */
export function useChat(): Chat {
  const chat = use(ChatContext);
  if (!chat) throw new Error("useChat needs a ChatContext above it");
  return chat;
}

/** A part of the chat's state; renders again when that part is another one (compared by Object.is). */
export function useChatState<T>(select: (state: ChatState) => T): T {
  return useStore(useChat().store, select);
}

/** A part of one channel's state, or undefined while the channel is not joined. */
export function useChannel<T>(name: string, select: (channel: ChannelState) => T): T | undefined {
  return useChatState((state) => {
    const channel = state.channels[name];
    return channel && select(channel);
  });
}
