import { CreateChannel } from "../switcher/CreateChannel";
import { Switcher } from "../switcher/Switcher";
import { useUi, useUiState } from "../ui/ui";
import { ActionSheet } from "./ActionSheet";
import { DeleteMessage, LeaveChat } from "./Confirm";
import { Help } from "./Help";

/** The dialog that is open, if one is. Loaded apart from the page, when it is first wanted or the page has nothing to do. */
export default function Dialogs() {
  const ui = useUi();
  const dialog = useUiState((state) => state.dialog);
  const close = () => ui.close();
  switch (dialog?.kind) {
    case undefined:
      return null;
    case "switcher":
      return <Switcher onClose={close} />;
    case "create":
      return <CreateChannel initialName={dialog.name} onClose={close} />;
    case "help":
      return <Help onClose={close} />;
    case "leaveChat":
      return <LeaveChat onClose={close} />;
    case "delete":
      return <DeleteMessage channel={dialog.channel} id={dialog.id} onClose={close} />;
    case "sheet":
      return <ActionSheet channel={dialog.channel} id={dialog.id} onClose={close} />;
  }
}
