import type { TableProfile } from '@ronghe/contracts';
import { Button, Select } from 'antd';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { Tag, type Tone } from '../../../components/tags.tsx';
import { type Draft, fieldsOf, type KeyVerdict, keyVerdict } from './draft.ts';

const TONES = {
  unique: 'good',
  'not-unique': 'bad',
  gaps: 'warn',
  missing: 'bad',
  unknown: 'plain',
} as const satisfies Record<KeyVerdict, Tone>;
const KEYS_SHOWN = 3;
/** A number of the line in its file: unique there, and another row's in the next file. */
const LINE_NUMBER = /^(序号|行号|no\.?|number|#)$/i;

type KeyPanelProps = {
  draft: Draft;
  columns: readonly string[];
  profile: TableProfile | null;
  readOnly: boolean;
  onChange: (draft: Draft) => void;
};

/** How a row is named and which month it is of; says whether the chosen columns tell rows apart. */
export function KeyPanel({ draft, columns, profile, readOnly, onChange }: KeyPanelProps) {
  const { t } = useTranslation();
  const id = useId();
  const verdict = keyVerdict(draft.rowKey, profile);
  const options = columns.map((column) => ({ value: column, label: column }));
  const others = (profile?.keys ?? []).filter((key) => key.join('|') !== draft.rowKey.join('|'));
  const either = draft.rowKey
    .map(fieldsOf)
    .find((fields) => fields.length > 1)
    ?.join(' → ');
  const months = (profile?.columns ?? []).filter(({ kind }) => kind === 'period' || kind === 'date');
  return (
    <div className="key-panel">
      <div>
        <label htmlFor={`${id}-key`}>{t('studio.rowKey')}</label>
        <Select
          id={`${id}-key`}
          mode="tags"
          maxCount={5}
          disabled={readOnly}
          value={draft.rowKey}
          options={options}
          onChange={(rowKey: string[]) => onChange({ ...draft, rowKey })}
          style={{ width: '100%' }}
          {...(draft.rowKey.length === 0 ? { status: 'error' as const } : {})}
        />
        <span className="row" role="status">
          <Tag tone={TONES[verdict]}>{t(`studio.key.${verdict}`)}</Tag>
          {!readOnly &&
            others.slice(0, KEYS_SHOWN).map((key) => (
              <Button
                key={key.join('|')}
                size="small"
                type="dashed"
                onClick={() => onChange({ ...draft, rowKey: [...key] })}
              >
                {key.join(' + ')}
              </Button>
            ))}
        </span>
        {draft.rowKey.length === 1 && LINE_NUMBER.test(draft.rowKey[0] ?? '') && (
          <div className="notice">{t('studio.keyIsLine')}</div>
        )}
        <span className="faint">
          {either ? t('studio.keyEither', { columns: either }) : t('studio.keyHint')}
        </span>
      </div>
      <div>
        <label htmlFor={`${id}-period`}>{t('studio.period')}</label>
        <Select
          id={`${id}-period`}
          allowClear
          showSearch={{ optionFilterProp: 'label' }}
          disabled={readOnly}
          placeholder={t('studio.noPeriod')}
          value={draft.periodField}
          options={options}
          onChange={(periodField) => onChange({ ...draft, periodField: periodField ?? null })}
          style={{ width: '100%' }}
        />
        <span className="faint">
          {months.length > 0
            ? t('studio.periodFound', { columns: months.map(({ name }) => name).join('、') })
            : t('studio.periodHint')}
        </span>
      </div>
    </div>
  );
}
