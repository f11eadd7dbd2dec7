import { useId, useState, type SubmitEvent } from "react";
import { useChat } from "../bridge";
import { Modal, ModalHeading } from "../dialogs/Modal";
import { goTo } from "../shell/navigation";
import { t } from "../text/text";
import { asChannelName } from "./filter";

/** Makes a channel: its name and what it is about. What the server refuses stands under the field in its words. */
export function CreateChannel({ initialName, onClose }: { initialName: string; onClose: () => void }) {
  const chat = useChat();
  const ids = useId();
  const [name, setName] = useState(initialName);
  const [topic, setTopic] = useState("");
  const [problem, setProblem] = useState<{ field: string; message: string } | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const wanted = asChannelName(name);
    if (wanted === "") {
      setProblem({ field: "channel", message: t("create.missing") });
      return;
    }
    setBusy(true);
    const before = chat.store.getState().channels;
    const outcome = await chat.createChannel(wanted, topic.trim());
    setBusy(false);
    if (outcome.ok) {
      onClose();
      // The server may have written the name its own way (width, composition): what is new is it.
      goTo(chat.store.getState().order.find((each) => !before[each]) ?? wanted);
    } else setProblem({ field: outcome.error.field ?? "channel", message: outcome.error.message });
  };
  const inTopic = problem?.field === "topic";
  return (
    <Modal kind="dialog" label={t("create.heading")} onClose={onClose}>
      <ModalHeading title={t("create.heading")} onClose={onClose} />
      <form className="form" noValidate onSubmit={(event) => void submit(event)}>
        <label htmlFor={`${ids}-name`}>{t("create.name")}</label>
        <input
          // The dialog was opened to type into this, or into the topic when the name is there already.
          // eslint-disable-next-line jsx-a11y/no-autofocus
          autoFocus={initialName === ""}
          id={`${ids}-name`}
          value={name}
          maxLength={60}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          aria-invalid={(problem !== null && !inTopic) || undefined}
          aria-describedby={`${ids}-name-hint`}
          onChange={(event) => {
            setName(event.target.value);
            setProblem(null);
          }}
        />
        <Hint id={`${ids}-name-hint`} hint={t("create.nameHint")} problem={inTopic ? null : (problem?.message ?? null)} />
        <label htmlFor={`${ids}-topic`}>{t("create.topic")}</label>
        <input
          // eslint-disable-next-line jsx-a11y/no-autofocus
          autoFocus={initialName !== ""}
          id={`${ids}-topic`}
          value={topic}
          maxLength={200}
          autoComplete="off"
          dir="auto"
          aria-invalid={inTopic || undefined}
          aria-describedby={`${ids}-topic-hint`}
          onChange={(event) => setTopic(event.target.value)}
        />
        <Hint id={`${ids}-topic-hint`} hint="" problem={inTopic ? problem.message : null} />
        <div className="dialog__buttons">
          <button type="button" className="button" onClick={onClose}>
            {t("app.cancel")}
          </button>
          <button type="submit" className="button" data-kind="main" disabled={busy}>
            {t("create.submit")}
          </button>
        </div>
      </form>
    </Modal>
  );
}

function Hint({ id, hint, problem }: { id: string; hint: string; problem: string | null }) {
  return (
    <p id={id} className="form__hint" data-bad={problem !== null || undefined} role={problem === null ? undefined : "alert"}>
      {problem ?? hint}
    </p>
  );
}
