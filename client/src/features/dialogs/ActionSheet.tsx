import { useEffect } from "react";
import { useChannel, useChat } from "../bridge";
import { t } from "../text/text";
import { act, actionsOf } from "../timeline/actions";
import { useUi } from "../ui/ui";
import { Modal } from "./Modal";

/** What a long press on a message offers: the actions of the floating bar, in the same order, at the bottom of the screen. */
export function ActionSheet({ channel, id, onClose }: { channel: string; id: string; onClose: () => void }) {
  const chat = useChat();
  const ui = useUi();
  const row = useChannel(channel, (each) => each.timeline.rows.find((one) => one.id === id));
  const actions = row ? actionsOf(row) : [];
  const nothing = actions.length === 0;
  useEffect(() => {
    if (nothing) onClose();
  }, [nothing, onClose]);
  if (!row || nothing) return null;
  return (
    <Modal kind="sheet" label={t("actions.label")} onClose={onClose}>
      <p className="sheet__text" dir="auto">
        <b>{row.user}</b> {row.text}
      </p>
      {actions.map(({ name, label, icon: Icon, danger }) => (
        <button
          key={name}
          type="button"
          className="sheet__action"
          data-danger={danger}
          onClick={() => {
            onClose();
            act(name, row, channel, chat, ui);
          }}
        >
          <Icon aria-hidden />
          {t(label)}
        </button>
      ))}
    </Modal>
  );
}
