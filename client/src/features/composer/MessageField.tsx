import { useId, useImperativeHandle, useLayoutEffect, useRef, type KeyboardEvent, type Ref } from "react";
import { ArrowUp, Check } from "../icons";
import { countText, type Count } from "./count";

export interface FieldHandle {
  focus(): void;
}

export interface MessageFieldProps {
  label: string;
  submitLabel: string;
  value: string;
  /** Characters that the server accepts. */
  limit: number;
  disabled?: boolean;
  /** It changes something that exists, instead of sending something new. */
  save?: boolean;
  onChange: (text: string) => void;
  onSubmit: (text: string) => void;
  onSubmitEmpty?: () => void;
  onUp?: () => void;
  onEscape?: () => void;
  ref?: Ref<FieldHandle>;
}

/** The growing text field with its counter and its button. */
export function MessageField(props: MessageFieldProps) {
  const { label, submitLabel, value, limit, disabled = false, save = false, onChange, ref } = props;
  const area = useRef<HTMLTextAreaElement>(null);
  const counter = useId();
  const count = countText(value, limit);
  const empty = value.trim() === "";
  useLayoutEffect(() => grow(area.current), [value]);
  useImperativeHandle(ref, () => ({
    focus() {
      const element = area.current;
      element?.focus();
      element?.setSelectionRange(element.value.length, element.value.length);
    },
  }));

  const submit = () => {
    if (disabled || count.over) return;
    if (empty) props.onSubmitEmpty?.();
    else props.onSubmit(tidy(value));
    area.current?.focus();
  };
  const keydown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method composes, Enter and Escape are its own; Safari tells only by the key code.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.key === "Enter") submit();
    else if (event.key === "ArrowUp" && value === "" && props.onUp) props.onUp();
    else if (event.key === "Escape" && props.onEscape) props.onEscape();
    else return;
    event.preventDefault();
  };
  return (
    <form
      className="box"
      data-over={count.over || undefined}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <textarea
        ref={area}
        className="box__text"
        rows={1}
        dir="auto"
        value={value}
        disabled={disabled}
        aria-label={label}
        placeholder={label}
        enterKeyHint="send"
        autoCapitalize="sentences"
        aria-invalid={count.over || undefined}
        aria-describedby={counter}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={keydown}
      />
      <Counter id={counter} count={count} />
      <button
        type="submit"
        className="send"
        aria-label={submitLabel}
        data-tip={submitLabel}
        disabled={disabled || count.over || (empty && !props.onSubmitEmpty)}
        onPointerDown={(event) => event.preventDefault() /* the focus stays in the text */}
      >
        {save ? <Check aria-hidden /> : <ArrowUp aria-hidden />}
      </button>
    </form>
  );
}

function Counter({ id, count }: { id: string; count: Count }) {
  return (
    <span id={id} className="box__count" data-over={count.over || undefined}>
      {count.words}
    </span>
  );
}

/** White space at the end and empty lines at the start say nothing; spaces that indent the first line may. */
function tidy(text: string): string {
  return text.replace(/^(?:[^\S\n]*\n)+/u, "").trimEnd();
}

/** Makes the field as high as its text where the browser does not do so by itself (field-sizing: content). */
function grow(element: HTMLTextAreaElement | null): void {
  if (!element || CSS.supports("field-sizing", "content")) return;
  element.style.height = "auto";
  element.style.height = `${element.scrollHeight}px`;
}

