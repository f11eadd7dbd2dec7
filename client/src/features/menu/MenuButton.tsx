import { lazy, Suspense, useRef, useState, type ReactNode } from "react";
import type { Menu } from "./menu";

const MenuPopover = lazy(() => import("./MenuPopover"));

export interface MenuButtonProps {
  className: string;
  /** Its name, where its content does not say it. */
  label?: string;
  menu: Menu;
  children: ReactNode;
}

/** A button that opens a menu. */
export function MenuButton({ className, label, menu, children }: MenuButtonProps) {
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState<"pointer" | "keyboard" | null>(null);
  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={label}
        data-tip={open ? undefined : label}
        aria-haspopup="menu"
        aria-expanded={open !== null}
        onClick={(event) => setOpen(open ? null : event.detail === 0 ? "keyboard" : "pointer")}
        onKeyDown={(event) => {
          // Enter and Space too: the click that they would make looks like a screen reader's to React Aria, which then
          // waits, and may leave the focus on the menu's frame, where arrow keys do nothing.
          if (!["ArrowDown", "ArrowUp", "Enter", " "].includes(event.key)) return;
          event.preventDefault();
          setOpen("keyboard");
        }}
      >
        {children}
      </button>
      {open && (
        <Suspense>
          <MenuPopover menu={menu} anchor={button} byKeyboard={open === "keyboard"} onClose={() => setOpen(null)} />
        </Suspense>
      )}
    </>
  );
}
