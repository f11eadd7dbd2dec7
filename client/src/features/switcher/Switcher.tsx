import { useId, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useChat } from "../bridge";
import { Modal } from "../dialogs/Modal";
import { Search } from "../icons";
import { goTo } from "../shell/navigation";
import { formatNumber } from "../text/format";
import { t } from "../text/text";
import { useUi } from "../ui/ui";
import { asChannelName, filterChannels, type Candidate } from "./filter";
import { Results, type ResultsHandle } from "./Results";
import { useCandidates } from "./useCandidates";

/** Go to channel: a field that filters all channels, joined or not, and offers to create what does not exist. */
export function Switcher({ onClose }: { onClose: () => void }) {
  const ui = useUi();
  const listId = useId();
  const { all, load } = useCandidates();
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const results = useRef<ResultsHandle>(null);
  const found = useMemo(() => filterChannels(all, query), [all, query]);
  const name = asChannelName(query);
  const create = name !== "" && load !== "loading" && !all.some((each) => each.name === name) ? name : null;
  const count = found.length + (create === null ? 0 : 1);
  const open = useOpen(onClose);

  const choose = (index: number) => {
    const candidate = found[index];
    if (candidate) open(candidate);
    else if (create !== null && index === found.length) ui.show({ kind: "create", name: create });
  };
  const move = (index: number) => {
    const next = Math.max(0, Math.min(count - 1, index));
    setActive(next);
    results.current?.show(next);
  };
  const keydown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    const step = steps[event.key];
    if (step !== undefined) move(Math.abs(step) === 1 ? (active + step + count) % Math.max(1, count) : active + step);
    else if (event.key === "Enter") choose(active);
    else return;
    event.preventDefault();
  };
  return (
    <Modal kind="palette" label={t("switcher.label")} onClose={onClose}>
      <div className="palette__field">
        <Search aria-hidden />
        <input
          // The dialog was opened to type into this.
          // eslint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          role="combobox"
          aria-expanded
          aria-controls={listId}
          aria-activedescendant={count > 0 ? `${listId}-${active}` : undefined}
          aria-autocomplete="list"
          aria-label={t("switcher.placeholder")}
          placeholder={t("switcher.placeholder")}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setActive(0);
            results.current?.show(0);
          }}
          onKeyDown={keydown}
        />
      </div>
      <Results ref={results} id={listId} found={found} create={create} active={active} onPoint={setActive} onChoose={choose} />
      <p className="palette__note" role="status">
        {load === "failed" && t("switcher.failed")}
        {load === "loading" && t("switcher.loading")}
        {load === "done" && (found.length === 0 ? t("switcher.none", { query: query.trim() }) : countOf(found))}
      </p>
    </Modal>
  );
}

function countOf(found: Candidate[]): string {
  return t("switcher.found", { count: found.length, formatted: formatNumber(found.length) });
}

/** Opens a channel, joining it first if need be. */
function useOpen(onClose: () => void): (candidate: Candidate) => void {
  const chat = useChat();
  const ui = useUi();
  return ({ name, joined }) => {
    onClose();
    if (joined) goTo(name);
    else void chat.join(name).then((outcome) => (outcome.ok ? goTo(name) : ui.notify(outcome.error.message)));
  };
}
