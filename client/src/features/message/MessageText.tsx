import { Fragment, memo, type ReactNode } from "react";
import type { Inline } from "./inline";
import { parseMarkdown, type Block } from "./markdown";

/** A message's text as people see it: the Markdown subset as elements, never as HTML. */
export const MessageText = memo(function MessageText({ text }: { text: string }) {
  return <>{parseMarkdown(text).map((block, i) => renderBlock(block, i, "auto"))}</>;
});

/** `dir` is undefined inside a quote, which has one direction for all of it: the browser finds it in what has none of its own. */
function renderBlock(block: Block, key: number, dir: "auto" | undefined): ReactNode {
  switch (block.kind) {
    case "text":
      return (
        <p key={key} dir={dir}>
          {renderLines(block.lines)}
        </p>
      );
    case "code":
      return (
        <pre key={key} dir="ltr">
          <code>{block.text}</code>
        </pre>
      );
    case "quote":
      return (
        <blockquote key={key} dir={dir}>
          {block.blocks.map((inner, i) => renderBlock(inner, i, undefined))}
        </blockquote>
      );
    case "list": {
      const items = block.items.map((lines, i) => (
        <li key={i}>{renderLines(lines)}</li>
      ));
      return block.start === null ? (
        <ul key={key} dir={dir}>
          {items}
        </ul>
      ) : (
        <ol key={key} dir={dir} start={block.start}>
          {items}
        </ol>
      );
    }
  }
}

function renderLines(lines: Inline[][]): ReactNode {
  return lines.map((line, i) => (
    <Fragment key={i}>
      {i > 0 && <br />}
      {line.map(renderInline)}
    </Fragment>
  ));
}

function renderInline(node: Inline, key: number): ReactNode {
  switch (node.kind) {
    case "plain":
      return node.text;
    case "code":
      return (
        <code key={key} dir="ltr">
          {node.text}
        </code>
      );
    case "link":
      return (
        <a key={key} href={node.href} target="_blank" rel="noopener noreferrer">
          {node.children.map(renderInline)}
        </a>
      );
    case "bold":
      return <strong key={key}>{node.children.map(renderInline)}</strong>;
    case "italic":
      return <em key={key}>{node.children.map(renderInline)}</em>;
    case "strike":
      return <s key={key}>{node.children.map(renderInline)}</s>;
  }
}
