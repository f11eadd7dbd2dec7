import type { RefObject } from "react";
import { Header } from "react-aria-components/Header";
import { I18nProvider } from "react-aria-components/I18nProvider";
import { Menu as AriaMenu, MenuItem, MenuSection as AriaSection } from "react-aria-components/Menu";
import { Popover } from "react-aria-components/Popover";
import { Separator } from "react-aria-components/Separator";
import { Check } from "../icons";
import { language } from "../text/text";
import type { Menu, MenuEntry, MenuSection } from "./menu";

export interface MenuPopoverProps {
  menu: Menu;
  anchor: RefObject<HTMLElement | null>;
  /** It was opened by a key: the first entry is focused, not only the menu. */
  byKeyboard: boolean;
  onClose: () => void;
}

/** A menu beside its button. The focus goes in, and back to the button afterwards. */
export default function MenuPopover({ menu, anchor, byKeyboard, onClose }: MenuPopoverProps) {
  return (
    <I18nProvider locale={language}>
      <Popover aria-label={menu.label} triggerRef={anchor} isOpen onOpenChange={(open) => !open && onClose()} placement="bottom start" offset={4} className="menu">
        {menu.title !== undefined && (
          <div className="menu__about">
            <bdi className="menu__title">{menu.title}</bdi>
            {menu.detail !== undefined && menu.detail !== "" && (
              <p className="menu__detail" dir="auto">
                {menu.detail}
              </p>
            )}
          </div>
        )}
        {/* Menus take the focus when they open (WAI-ARIA, menu button). */}
        {/* eslint-disable-next-line jsx-a11y/no-autofocus */}
        <AriaMenu aria-label={menu.label} autoFocus={byKeyboard ? "first" : true} onClose={onClose} className="menu__list">
          {menu.sections.flatMap((section, i) => [
            ...(i > 0 ? [<Separator key={`${section.id}-line`} className="menu__line" />] : []),
            <Section key={section.id} section={section} />,
          ])}
        </AriaMenu>
      </Popover>
    </I18nProvider>
  );
}

function Section({ section }: { section: MenuSection }) {
  const chosen = section.entries.filter((entry) => entry.chosen).map((entry) => entry.id);
  const choice = section.choose && {
    selectionMode: section.choose === "one" ? ("single" as const) : ("multiple" as const),
    selectedKeys: chosen,
    shouldCloseOnSelect: false,
  };
  return (
    <AriaSection id={section.id} aria-label={section.title ?? section.id} {...choice}>
      {section.title !== undefined && <Header className="menu__header">{section.title}</Header>}
      {section.entries.map((entry) => (
        <Entry key={entry.id} entry={entry} choice={section.choose !== undefined} />
      ))}
    </AriaSection>
  );
}

function Entry({ entry, choice }: { entry: MenuEntry; choice: boolean }) {
  const Icon = entry.icon;
  return (
    <MenuItem id={entry.id} textValue={entry.label} className="menu__item" onAction={entry.onAction}>
      {choice && <span className="menu__check">{entry.chosen && <Check aria-hidden />}</span>}
      {Icon && <Icon aria-hidden />}
      {entry.label}
    </MenuItem>
  );
}
