import { useEffect, useId, useRef, useState, type SubmitEvent } from "react";
import { useChat } from "../bridge";
import { ConnectionLine } from "../connection/ConnectionLine";
import { Brand } from "../sidebar/Brand";
import { t } from "../text/text";
import { Preview } from "./Preview";

/** The way in: a name and a button, with the place itself behind them. `problem`: why a kept name did not work. */
export function Entry({ problem }: { problem: string | null }) {
  return (
    <div className="entry">
      <Preview />
      <main className="entry__card">
        <Brand />
        <h1>{t("entry.heading")}</h1>
        <NameForm before={problem} />
        <ConnectionLine />
      </main>
    </div>
  );
}

function NameForm({ before }: { before: string | null }) {
  const chat = useChat();
  const ids = useId();
  const field = useRef<HTMLInputElement>(null);
  const [name, setName] = useState(() => chat.kept()?.user ?? "");
  const [problem, setProblem] = useState(before);
  const [busy, setBusy] = useState(false);
  useEffect(() => field.current?.select(), []);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const wanted = name.trim();
    if (wanted === "") {
      refuse(t("entry.missing"));
      return;
    }
    setBusy(true);
    setProblem(null);
    const outcome = await chat.enter(wanted);
    setBusy(false);
    if (!outcome.ok) refuse(outcome.error.message);
  };
  const refuse = (sentence: string) => {
    setProblem(sentence);
    field.current?.select();
  };
  return (
    <form className="form" noValidate onSubmit={(event) => void submit(event)}>
      <label htmlFor={`${ids}-name`}>{t("entry.name")}</label>
      <input
        ref={field}
        id={`${ids}-name`}
        name="nickname"
        value={name}
        dir="auto"
        // The page is there for this one field.
        // eslint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        autoComplete="nickname"
        spellCheck={false}
        enterKeyHint="go"
        aria-invalid={problem !== null || undefined}
        aria-describedby={`${ids}-problem ${ids}-promise`}
        onChange={(event) => {
          setName(event.target.value);
          setProblem(null);
        }}
      />
      <p id={`${ids}-problem`} className="form__hint" data-bad role="alert">
        {problem}
      </p>
      <button type="submit" className="button" data-kind="main" disabled={busy}>
        {t(busy ? "entry.entering" : "entry.enter")}
      </button>
      <p id={`${ids}-promise`} className="entry__promise">
        {t("entry.promise")}
      </p>
    </form>
  );
}
