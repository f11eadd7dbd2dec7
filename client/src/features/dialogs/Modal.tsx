import type { ReactNode } from "react";
import { Dialog } from "react-aria-components/Dialog";
import { I18nProvider } from "react-aria-components/I18nProvider";
import { ModalOverlay, Modal as AriaModal } from "react-aria-components/Modal";
import { X } from "../icons";
import { language, t } from "../text/text";

export interface ModalProps {
  /** Names the dialog: the id of its heading, or a label. */
  label: string;
  kind: "dialog" | "palette" | "sheet" | "alert";
  onClose: () => void;
  children: ReactNode;
}

/** A dialog over everything: the focus stays in it, Escape and a press outside close it, and the focus goes back. */
export function Modal({ label, kind, onClose, children }: ModalProps) {
  return (
    <I18nProvider locale={language}>
      <ModalOverlay isOpen isDismissable onOpenChange={(open) => !open && onClose()} className="scrim" data-kind={kind}>
        <AriaModal className="modal" data-kind={kind}>
          <Dialog className="dialog" role={kind === "alert" ? "alertdialog" : "dialog"} aria-label={label}>
            {children}
          </Dialog>
        </AriaModal>
      </ModalOverlay>
    </I18nProvider>
  );
}

/** A dialog's heading with its close button. */
export function ModalHeading({ title, onClose }: { title: string; onClose: () => void }) {
  return (
    <div className="dialog__heading">
      <h2>{title}</h2>
      <button type="button" className="icon" aria-label={t("app.close")} data-tip={t("app.close")} onClick={onClose}>
        <X aria-hidden />
      </button>
    </div>
  );
}
