/** Where the parts of the page meet: the chat over the network, what this browser prefers, and the interface. */
import { createRoot } from "react-dom/client";
import { browserDeps } from "../chat/browser";
import { createChat } from "../chat/create";
import { createPreferences, openStorage } from "../features/preferences/preferences";
import { createUi } from "../features/ui/ui";
import "../styles/index.css";
import { App } from "./App";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(<App chat={createChat(browserDeps())} ui={createUi()} preferences={createPreferences(openStorage())} />);
