import {
  ENTERPRISE_ATTRIBUTES,
  type EnterpriseSearch,
  type EnterpriseSearchResult,
  MATCH_ATTRIBUTES,
  type MatchAttribute,
} from '@ronghe/contracts';
import { Button, Input } from 'antd';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Page, Panel } from '../../../components/page.tsx';
import { useSend } from '../../../lib/query.ts';
import { usePick } from '../../../lib/use-format.ts';
import { Refusal } from '../refusal.tsx';
import { LookupResult } from './lookup-result.tsx';
import { type RecordFields, splitRow } from './paste-row.ts';
import '../form.css';
import './lookup.css';

const CANDIDATES_MAX = 10;
/** One of these is needed to find anything. */
const KEYS = [
  'name',
  'code',
  'phone',
  'shortName',
  'formerName',
] as const satisfies readonly MatchAttribute[];

/** Whether an enterprise is there already, before it is created. */
export function LookupPage() {
  const { t } = useTranslation();
  const [fields, setFields] = useState<RecordFields>({});
  const [missing, setMissing] = useState(false);
  const send = useSend<EnterpriseSearchResult, EnterpriseSearch>([]);
  const change = (next: RecordFields) => {
    setFields(next);
    setMissing(false);
  };
  const search = (event: FormEvent) => {
    event.preventDefault();
    const filled = Object.entries(fields).filter(([, value]) => value.trim() !== '');
    const record: RecordFields = Object.fromEntries(filled);
    const isEnough = KEYS.some((key) => record[key] !== undefined);
    setMissing(!isEnough);
    const body = { record, limit: CANDIDATES_MAX };
    if (isEnough) send.mutate({ method: 'POST', path: '/api/fuse/enterprises/search', body });
  };
  return (
    <Page title={t('matching.lookup.title')} lead={t('matching.lookup.lead')}>
      <div className="stack">
        <Panel title={t('matching.lookup.record')}>
          <form className="stack" onSubmit={search}>
            <PasteRow onPaste={(found) => change({ ...fields, ...found })} />
            <Fields fields={fields} onChange={change} />
            {missing && (
              <span role="alert" className="field-error">
                {t('matching.lookup.need')}
              </span>
            )}
            <div className="row">
              <Button type="primary" htmlType="submit" loading={send.isPending}>
                {t('matching.lookup.search')}
              </Button>
              <Button
                onClick={() => {
                  change({});
                  send.reset();
                }}
              >
                {t('matching.lookup.clear')}
              </Button>
            </div>
          </form>
        </Panel>
        {send.error && <Refusal error={send.error} />}
        {send.data && <LookupResult result={send.data} />}
        {!send.data && !send.error && <p className="faint">{t('matching.lookup.start')}</p>}
      </div>
    </Page>
  );
}

type FieldsProps = { fields: RecordFields; onChange: (fields: RecordFields) => void };
function Fields({ fields, onChange }: FieldsProps) {
  const { t } = useTranslation();
  const pick = usePick();
  const id = useId();
  return (
    <div className="form-grid lookup-fields">
      {MATCH_ATTRIBUTES.map((attribute) => (
        <div key={attribute}>
          <label htmlFor={`${id}-${attribute}`}>
            {attribute === 'division'
              ? t('matching.lookup.division')
              : pick(ENTERPRISE_ATTRIBUTES[attribute])}
          </label>
          <Input
            id={`${id}-${attribute}`}
            allowClear
            maxLength={1_000}
            autoComplete="off"
            spellCheck={false}
            value={fields[attribute] ?? ''}
            onChange={({ target }) => onChange({ ...fields, [attribute]: target.value })}
          />
        </div>
      ))}
    </div>
  );
}

/** Takes a row as it was copied from a table and hands on what it found in it. */
function PasteRow({ onPaste }: { onPaste: (fields: RecordFields) => void }) {
  const { t } = useTranslation();
  const id = useId();
  const [text, setText] = useState('');
  const [count, setCount] = useState<number | null>(null);
  const take = (pasted: string) => {
    const found = splitRow(pasted);
    const size = Object.keys(found).length;
    setCount(size);
    setText(size === 0 ? pasted : '');
    if (size > 0) onPaste(found);
  };
  return (
    <div>
      <label htmlFor={id}>{t('matching.lookup.paste')}</label>
      <Input.TextArea
        id={id}
        autoSize={{ minRows: 1, maxRows: 4 }}
        value={text}
        placeholder={t('matching.lookup.pasteHint')}
        onChange={({ target }) => setText(target.value)}
        onPaste={(event) => {
          event.preventDefault();
          take(event.clipboardData.getData('text'));
        }}
        // What was typed in here is split when one leaves the field.
        onBlur={() => text.trim() !== '' && take(text)}
      />
      <span role="status" className="faint">
        {count === null
          ? ''
          : count === 0
            ? t('matching.lookup.pastedNone')
            : t('matching.lookup.pasted', { count })}
      </span>
    </div>
  );
}
