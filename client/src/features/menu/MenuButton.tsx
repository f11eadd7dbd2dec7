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
          if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
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
