import { useImperativeHandle, useRef, useState, type Ref } from "react";
import { Hash, Plus } from "../icons";
import { formatCount } from "../text/format";
import { t } from "../text/text";
import type { Candidate } from "./filter";

export interface ResultsHandle {
  show(index: number): void;
}

export interface ResultsProps {
  id: string;
  found: Candidate[];
  /** The name to offer for creation after the found ones, if any. */
  create: string | null;
  active: number;
  onPoint: (index: number) => void;
  onChoose: (index: number) => void;
  ref?: Ref<ResultsHandle>;
}

const rowHeight = 44; // pixels, of every option
const usualHeight = 8 * rowHeight; // of the list, until it is laid out
const spare = 6; // options rendered beyond what is visible, on each side

/** The matching channels. All are equally high, so of 2,000 only those in view are rendered, by plain arithmetic. */
export function Results({ id, found, create, active, onPoint, onChoose, ref }: ResultsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ top: 0, height: usualHeight });
  const count = found.length + (create === null ? 0 : 1);
  const first = Math.max(0, Math.floor(seen.top / rowHeight) - spare);
  const last = Math.min(count, Math.ceil((seen.top + seen.height) / rowHeight) + spare);
  const look = () => {
    const element = scroller.current;
    if (element) setSeen({ top: element.scrollTop, height: element.clientHeight || usualHeight });
  };
  useImperativeHandle(ref, () => ({
    show(index) {
      const element = scroller.current;
      if (!element) return;
      const top = index * rowHeight;
      const height = element.clientHeight || usualHeight;
      if (top < element.scrollTop) element.scrollTop = top;
      else if (top + rowHeight > element.scrollTop + height) element.scrollTop = top + rowHeight - height;
      look();
    },
  }));
  return (
    <div ref={scroller} className="palette__list" onScroll={look}>
      <div id={id} role="listbox" aria-label={t("switcher.label")} style={{ height: count * rowHeight }}>
        {Array.from({ length: Math.max(0, last - first) }, (_, i) => {
          const index = first + i;
          const candidate = found[index];
          return (
            // The field has the focus and the keys; the options answer the pointer.
            // eslint-disable-next-line jsx-a11y/click-events-have-key-events
            <div
              key={candidate?.name ?? "+"}
              id={`${id}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              aria-setsize={count}
              aria-posinset={index + 1}
              className="palette__option"
              style={{ transform: `translateY(${index * rowHeight}px)`, height: rowHeight }}
              onPointerMove={() => onPoint(index)}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => onChoose(index)}
            >
              {candidate ? <Found candidate={candidate} /> : <Create name={create ?? ""} />}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Found({ candidate }: { candidate: Candidate }) {
  const { name, topic, joined, unread } = candidate;
  return (
    <>
      <Hash aria-hidden />
      <bdi className="palette__name" data-unread={unread > 0 || undefined}>
        {name}
      </bdi>
      <span className="palette__topic" dir="auto">
        {topic}
      </span>
      {unread > 0 && <span className="channel__count">{formatCount(unread)}</span>}
      {!joined && <span className="palette__join">{t("switcher.join")}</span>}
    </>
  );
}

function Create({ name }: { name: string }) {
  return (
    <>
      <Plus aria-hidden />
      <span className="palette__name">{t("switcher.create", { name })}</span>
    </>
  );
}
