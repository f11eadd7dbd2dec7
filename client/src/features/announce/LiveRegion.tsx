import { useEffect, useState } from "react";
import { useChat, useChatState } from "../bridge";
import { Announcer } from "./announcer";

/** The one place that speaks of new messages. The log itself is silent, because it also shows old ones. */
export function LiveRegion() {
  const chat = useChat();
  const open = useChatState((state) => state.open);
  const [words, setWords] = useState("");
  useEffect(() => {
    const announcer = new Announcer(setWords);
    const stop = chat.onArrival((row, channel) => {
      if (channel === open && document.visibilityState === "visible") announcer.arrived(row, channel);
    });
    return () => {
      stop();
      announcer.clear();
    };
  }, [chat, open]);
  return (
    <div className="hidden" aria-live="polite" aria-atomic="true" data-announcer>
      {words}
    </div>
  );
}
