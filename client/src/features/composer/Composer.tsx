import { useEffect, useImperativeHandle, useRef, useState, type Ref } from "react";
import { useChannel, useChat, useChatState } from "../bridge";
import { Pencil, X } from "../icons";
import { t } from "../text/text";
import { actionsOf } from "../timeline/actions";
import { useUi, useUiState, type Editing } from "../ui/ui";
import { MessageField, type FieldHandle } from "./MessageField";

export interface ComposerProps {
  channel: string;
  /** A message was sent or an edit saved: show the newest. */
  onSend: () => void;
  /** A message is being edited: show it. */
  onEdit: (id: string) => void;
  ref?: Ref<FieldHandle>;
}

/** Where one writes: the draft of the channel, or an own message that is being rewritten. The draft waits meanwhile. */
export function Composer({ channel, onSend, onEdit, ref }: ComposerProps) {
  const editing = useUiState((state) => (state.editing?.channel === channel ? state.editing : null));
  const field = useRef<FieldHandle>(null);
  useImperativeHandle(ref, () => ({ focus: () => field.current?.focus() }), []);
  const edited = editing?.id;
  const wasEditing = useRef(false);
  useEffect(() => {
    if (edited !== undefined) onEdit(edited);
    if (edited !== undefined || wasEditing.current) field.current?.focus();
    wasEditing.current = edited !== undefined;
  }, [edited, onEdit]);
  return (
    <div className="compose">
      {editing ? (
        <EditBox key={editing.id} editing={editing} field={field} onSend={onSend} />
      ) : (
        <DraftBox channel={channel} field={field} onSend={onSend} />
      )}
    </div>
  );
}

function DraftBox({ channel, field, onSend }: { channel: string; field: Ref<FieldHandle>; onSend: () => void }) {
  const chat = useChat();
  const ui = useUi();
  const draft = useChannel(channel, (each) => each.draft) ?? "";
  const limit = useChatState((state) => state.limits.text);
  const ready = useChatState((state) => state.me !== null);
  const editLast = () => {
    const rows = chat.store.getState().channels[channel]?.timeline.rows ?? [];
    const last = rows.findLast((row) => row.mine && actionsOf(row).some((action) => action.name === "edit"));
    if (last) ui.edit({ channel, id: last.id, text: last.text, resend: last.sending?.state === "failed" });
  };
  return (
    <MessageField
      ref={field}
      label={t("composer.label", { channel })}
      submitLabel={t("composer.send")}
      value={draft}
      limit={limit}
      disabled={!ready}
      onChange={(text) => chat.setDraft(channel, text)}
      onUp={editLast}
      onSubmit={(text) => {
        chat.send(channel, text);
        chat.setDraft(channel, "");
        onSend();
      }}
    />
  );
}

function EditBox({ editing, field, onSend }: { editing: Editing; field: Ref<FieldHandle>; onSend: () => void }) {
  const chat = useChat();
  const ui = useUi();
  const limit = useChatState((state) => state.limits.text);
  const [text, setText] = useState(editing.text);
  const { channel, id, resend } = editing;
  const save = (changed: string) => {
    ui.stopEditing();
    if (resend) {
      chat.discard(channel, id);
      chat.send(channel, changed);
      onSend();
    } else if (changed !== editing.text) chat.edit(channel, id, changed);
  };
  const saveNothing = () => {
    if (resend) chat.discard(channel, id);
    else ui.show({ kind: "delete", channel, id });
    ui.stopEditing();
  };
  return (
    <>
      <div className="compose__editing">
        <Pencil aria-hidden />
        <span id="editing-label">{t("composer.editing")}</span>
        <button type="button" className="icon" data-tip={t("composer.cancelEdit")} aria-label={t("composer.cancelEdit")} onClick={() => ui.stopEditing()}>
          <X aria-hidden />
        </button>
      </div>
      <MessageField
        ref={field}
        label={t("composer.editing")}
        submitLabel={t("composer.save")}
        value={text}
        limit={limit}
        save
        onChange={setText}
        onSubmit={save}
        onSubmitEmpty={saveNothing}
        onEscape={() => ui.stopEditing()}
      />
    </>
  );
}
