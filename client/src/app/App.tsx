import { useEffect, useState } from "react";
import type { Chat } from "../chat/model";
import { ChatContext, useChat, useChatState } from "../features/bridge";
import { Entry } from "../features/entry/Entry";
import { Opening } from "../features/entry/Opening";
import { PreferencesContext, type PreferencesStore } from "../features/preferences/preferences";
import { useAppearance } from "../features/preferences/useAppearance";
import { Shell } from "../features/shell/Shell";
import { Tips } from "../features/shell/Tips";
import { Toast } from "../features/shell/Toast";
import { UiContext, type Ui } from "../features/ui/ui";

export interface AppProps {
  chat: Chat;
  ui: Ui;
  preferences: PreferencesStore;
}

/** The whole page. Everything it needs is handed in, so that tests and the harness can hand in their own. */
export function App({ chat, ui, preferences }: AppProps) {
  return (
    <ChatContext value={chat}>
      <UiContext value={ui}>
        <PreferencesContext value={preferences}>
          <Page />
          <Toast />
          <Tips />
        </PreferencesContext>
      </UiContext>
    </ChatContext>
  );
}

function Page() {
  useAppearance();
  const entered = useChatState((state) => state.me !== null);
  const { resuming, problem } = useResume();
  if (entered) return <Shell />;
  return resuming ? <Opening /> : <Entry problem={problem} />;
}

/** A tab that was in the chat before a reload goes on under its name without asking. */
function useResume(): { resuming: boolean; problem: string | null } {
  const chat = useChat();
  const [name] = useState(() => {
    const kept = chat.kept();
    return kept?.here ? kept.user : null;
  });
  const [resuming, setResuming] = useState(name !== null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (name === null) return;
    void chat.enter(name).then((outcome) => {
      setResuming(false);
      if (!outcome.ok) setProblem(outcome.error.message);
    });
  }, [chat, name]);
  return { resuming, problem };
}
