import { Fragment } from "react";
import { keyName } from "../shell/keys";
import { t, type TextKey } from "../text/text";
import { Modal, ModalHeading } from "./Modal";

/** Every shortcut there is: keys as KeyboardEvent names them, with Mod for Ctrl or ⌘. */
const groups: { heading: TextKey; keys: [string[], TextKey][] }[] = [
  {
    heading: "help.everywhere",
    keys: [
      [["Mod+K"], "help.switcher"],
      [["Alt+ArrowUp"], "help.previous"],
      [["Alt+ArrowDown"], "help.next"],
      [["Alt+Shift+ArrowUp"], "help.previousUnread"],
      [["Alt+Shift+ArrowDown"], "help.nextUnread"],
      [["Shift+Escape"], "help.readAll"],
      [["Mod+/"], "help.help"],
    ],
  },
  {
    heading: "help.writing",
    keys: [
      [["Enter"], "help.send"],
      [["Shift+Enter"], "help.newline"],
      [["ArrowUp"], "help.editLast"],
      [["Escape"], "help.cancel"],
    ],
  },
  {
    heading: "help.reading",
    keys: [
      [["ArrowUp", "ArrowDown"], "help.move"],
      [["PageUp", "PageDown"], "help.page"],
      [["Home", "End"], "help.ends"],
      [["Enter"], "help.actions"],
      [["Escape"], "help.compose"],
    ],
  },
];

/** The list of keyboard shortcuts. */
export function Help({ onClose }: { onClose: () => void }) {
  return (
    <Modal kind="dialog" label={t("help.heading")} onClose={onClose}>
      <ModalHeading title={t("help.heading")} onClose={onClose} />
      <div className="help">
        {groups.map(({ heading, keys }) => (
          <section key={heading}>
            <h3>{t(heading)}</h3>
            <dl>
              {keys.map(([combinations, what]) => (
                <div key={what}>
                  <dt>{t(what)}</dt>
                  <dd>
                    {combinations.map((combination) => (
                      <Keys key={combination} combination={combination} />
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}

function Keys({ combination }: { combination: string }) {
  return (
    <span className="help__keys">
      {combination.split("+").map((key, i) => (
        <Fragment key={key}>
          {i > 0 && " "}
          <kbd>{keyName(key)}</kbd>
        </Fragment>
      ))}
    </span>
  );
}
