import { useState } from "react";
import type { Link } from "../../chat/model";
import { useChat, useChatState } from "../bridge";
import { t } from "../text/text";

/** In the composer's place when the session has ended for good: one sentence, one button. */
export function Ended({ link }: { link: Extract<Link, { state: "ended" }> }) {
  const chat = useChat();
  const user = useChatState((state) => state.me?.user ?? "");
  const [problem, setProblem] = useState<string | null>(null);
  const replaced = link.code === "replaced";
  const again = async () => {
    const outcome = await chat.enter(user);
    if (!outcome.ok) setProblem(outcome.error.message);
  };
  return (
    <div className="compose">
      <div className="ended" role="alert">
        <span dir="auto">{problem ?? (replaced ? t("connection.replaced") : link.message)}</span>
        <button type="button" className="button" data-kind="main" onClick={() => void again()}>
          {t(replaced ? "connection.useHere" : "connection.again")}
        </button>
      </div>
    </div>
  );
}
