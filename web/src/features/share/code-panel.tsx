import { Fragment, type ReactNode } from 'react';
import { CopyButton } from '../../components/copy-button.tsx';
import { Panel } from '../../components/page.tsx';
import { KEY_PLACEHOLDER } from '../ingest/door-examples.ts';
import '../ingest/intake.css';

type CodePanelProps = { name: string; text: string; copy: string; actions?: ReactNode };
/** A text to copy; where a key has to be put in stands out, by weight and a line, not by colour alone. */
export function CodePanel({ name, text, copy, actions }: CodePanelProps) {
  const [first = '', ...others] = text.split(KEY_PLACEHOLDER);
  let offset = first.length;
  return (
    <Panel
      title={<code>{name}</code>}
      actions={
        <span className="row">
          {actions}
          <CopyButton text={text} label={copy} />
        </span>
      }
      flush
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <section className="example share-code" aria-label={name} tabIndex={0}>
        <pre>
          {first}
          {others.map((part) => {
            offset += part.length + 1;
            return (
              <Fragment key={offset}>
                <mark>{KEY_PLACEHOLDER}</mark>
                {part}
              </Fragment>
            );
          })}
        </pre>
      </section>
    </Panel>
  );
}
