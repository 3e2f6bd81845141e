import type { ConnectionDocument } from '@ronghe/contracts';
import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../../components/copy-button.tsx';
import { isDict } from '../form/json-schema.ts';
import { useEditor } from './editor-context.ts';

type CodeViewProps = { connection: ConnectionDocument; onChange: (next: ConnectionDocument) => void };

/** The connection as JSON, for who prefers to write. It is taken over as a whole, and only when it can be read. */
export function CodeView({ connection, onChange }: CodeViewProps) {
  const { t } = useTranslation();
  const { readOnly } = useEditor();
  const written = JSON.stringify(readable(connection), null, 2);
  const [text, setText] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const take = () => {
    const read = readConnection(text ?? written);
    if (typeof read === 'string') {
      setProblem(read);
      return;
    }
    setProblem(null);
    setText(null);
    onChange(read);
  };
  return (
    <div className="panel">
      <div className="toolbar">
        <span className="faint">{t('fleet.code.hint')}</span>
        <div className="toolbar-end">
          <CopyButton text={text ?? written} />
          {!readOnly && (
            <>
              <Button disabled={text === null} onClick={() => setText(null)}>
                {t('fleet.code.undo')}
              </Button>
              <Button type="primary" disabled={text === null || text === written} onClick={take}>
                {t('fleet.code.take')}
              </Button>
            </>
          )}
        </div>
      </div>
      <div className="panel-body">
        {problem !== null && (
          <div className="notice bad" role="alert">
            {problem === '' ? t('fleet.code.notConnection') : `${t('fleet.code.notJson')} ${problem}`}
          </div>
        )}
        <Input.TextArea
          className="code"
          aria-label={t('fleet.editor.parts.code')}
          value={text ?? written}
          readOnly={readOnly}
          spellCheck={false}
          autoSize={{ minRows: 12, maxRows: 28 }}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
    </div>
  );
}

/** What was written, or why it cannot be read; an empty reason when it is JSON but no connection. */
function readConnection(text: string): ConnectionDocument | string {
  try {
    const read: unknown = JSON.parse(text);
    if (!isDict(read) || typeof read.name !== 'string' || typeof read.protocol !== 'string') return '';
    return read as ConnectionDocument;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const FIRST = ['name', 'key', 'protocol', 'mode', 'endpoint', 'listen', 'address'];
const LAST = ['queries', 'lists', 'points'];
/** The same with its keys in an order for people: what it is first, long lists last; a database keeps none. */
function readable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readable);
  if (!isDict(value)) return value;
  const rank = (key: string) => {
    const first = FIRST.indexOf(key);
    return first >= 0 ? first : FIRST.length + LAST.indexOf(key) + 1;
  };
  const entries = Object.entries(value).sort(([one], [other]) => rank(one) - rank(other));
  return Object.fromEntries(entries.map(([key, part]) => [key, readable(part)]));
}
