/** The whole page without a server, for looking at: /src/app/testing/harness/?scene=torture. Served by `npm run dev` only. */
import { createRoot } from "react-dom/client";
import { App } from "../../App";
import "../../../styles/index.css";
import { createPreferences, openStorage } from "../../../features/preferences/preferences";
import { createUi } from "../../../features/ui/ui";
import type { MemoryChat } from "../../../features/testing/memoryChat";
import { scenes } from "./scenes";

declare global {
  interface Window {
    chat: MemoryChat;
  }
}

const wanted = new URLSearchParams(location.search).get("scene") ?? "conversation";
const chat = scenes[wanted in scenes ? (wanted as keyof typeof scenes) : "conversation"]();
window.chat = chat; // to play other people from the console

createRoot(document.getElementById("root")!).render(<App chat={chat} ui={createUi()} preferences={createPreferences(openStorage())} />);
