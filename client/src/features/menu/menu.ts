/** What a menu holds. The widget that shows it is loaded when the first one is opened. */
import type { LucideIcon } from "../icons";

export interface MenuEntry {
  id: string;
  label: string;
  icon?: LucideIcon;
  chosen?: boolean;
  onAction: () => void;
}

export interface MenuSection {
  id: string;
  title?: string;
  /** The entries are choices: one of them holds, or any number. */
  choose?: "one" | "any";
  entries: MenuEntry[];
}

export interface Menu {
  label: string;
  /** Above the entries: what the menu is about, and a sentence on it. */
  title?: string;
  detail?: string;
  sections: MenuSection[];
}
