import { useId, type ReactNode } from "react";
import { useChannel, useChat } from "../bridge";
import { t } from "../text/text";
import { Modal } from "./Modal";

interface ConfirmProps {
  question: string;
  detail: string;
  action: string;
  onConfirm: () => void;
  onClose: () => void;
  children?: ReactNode;
}

/** Asks before something that cannot be undone. The focus begins on the harmless button. */
function Confirm({ question, detail, action, onConfirm, onClose, children }: ConfirmProps) {
  const described = useId();
  return (
    <Modal kind="alert" label={question} onClose={onClose}>
      <div className="confirm" aria-describedby={described}>
        <h2>{question}</h2>
        {children}
        <p id={described}>{detail}</p>
        <div className="dialog__buttons">
          {/* The question has just been asked: answering it is what the focus is for. */}
          {/* eslint-disable-next-line jsx-a11y/no-autofocus */}
          <button type="button" className="button" autoFocus onClick={onClose}>
            {t("app.cancel")}
          </button>
          <button
            type="button"
            className="button"
            data-kind="danger"
            onClick={() => {
              onClose();
              onConfirm();
            }}
          >
            {action}
          </button>
        </div>
      </div>
    </Modal>
  );
}

export function DeleteMessage({ channel, id, onClose }: { channel: string; id: string; onClose: () => void }) {
  const chat = useChat();
  const text = useChannel(channel, (each) => each.timeline.rows.find((row) => row.id === id)?.text);
  return (
    <Confirm
      question={t("actions.deleteQuestion")}
      detail={t("actions.deleteDetail")}
      action={t("actions.delete")}
      onConfirm={() => chat.remove(channel, id)}
      onClose={onClose}
    >
      {text !== undefined && (
        <blockquote className="confirm__text" dir="auto">
          {text}
        </blockquote>
      )}
    </Confirm>
  );
}

export function LeaveChat({ onClose }: { onClose: () => void }) {
  const chat = useChat();
  const leave = () => {
    history.replaceState(null, "", location.pathname);
    void chat.leaveChat();
  };
  return (
    <Confirm question={t("own.leaveQuestion")} detail={t("own.leaveDetail")} action={t("own.leave")} onConfirm={leave} onClose={onClose} />
  );
}
