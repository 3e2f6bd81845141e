import { BUCKETS, type DatasetColumn } from '@ronghe/contracts';
import { Input, InputNumber, Segmented, Select } from 'antd';
import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { usePick } from '../../../lib/use-format.ts';
import { FilterBuilder } from '../filter/filter-builder.tsx';
import { answerNames, type Draft } from './draft.ts';
import { Measures, SortLines } from './question-lines.tsx';

/** Rows that the portal shows at once; programs may ask for more. */
const SHOWN_ROWS_MAX = 1_000;

type QuestionFormProps = {
  draft: Draft;
  columns: readonly DatasetColumn[];
  onChange: (draft: Draft) => void;
};

/** Everything a question may say, as fields. */
export function QuestionForm({ draft, columns, onChange }: QuestionFormProps) {
  const { t } = useTranslation();
  const put = (more: Partial<Draft>) => onChange({ ...draft, ...more });
  const { mode } = draft;
  return (
    <div className="query-form">
      <Line label={t('share.query.mode')}>
        <Segmented
          aria-label={t('share.query.mode')}
          value={mode}
          onChange={(next: Draft['mode']) => put({ mode: next, sort: [] })}
          options={[
            { value: 'rows', label: t('share.query.rows') },
            { value: 'groups', label: t('share.query.groups') },
          ]}
        />
      </Line>
      {mode === 'rows' ? (
        <RowFields draft={draft} columns={columns} onChange={onChange} />
      ) : (
        <GroupFields draft={draft} columns={columns} onChange={onChange} />
      )}
      <Line label={t('share.query.filter')}>
        <FilterBuilder
          tree={draft.filter}
          columns={columns}
          onChange={(filter) => put({ filter })}
          none={t('share.query.noFilter')}
        />
      </Line>
      <Line label={t('share.query.sort')}>
        <SortLines
          lines={draft.sort}
          names={answerNames(draft, columns)}
          columns={columns}
          onChange={(sort) => put({ sort })}
        />
      </Line>
      <LastFields draft={draft} put={put} />
    </div>
  );
}

export function Line({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <div className="query-label">{label}</div>
      <div className="query-field">{children}</div>
    </>
  );
}

/** Columns as choices of a list, found by title and by name. */
export function useColumnOptions() {
  const pick = usePick();
  return (columns: readonly DatasetColumn[]) =>
    columns.map(({ name, title }) => ({ value: name, label: `${pick(title)} ${name}` }));
}

function RowFields({ draft, columns, onChange }: QuestionFormProps) {
  const { t } = useTranslation();
  const options = useColumnOptions();
  return (
    <Line label={t('share.query.columns')}>
      <Select
        mode="multiple"
        allowClear
        maxTagCount="responsive"
        className="query-wide"
        aria-label={t('share.query.columns')}
        placeholder={t('share.query.allColumns')}
        showSearch={{ optionFilterProp: 'label' }}
        value={draft.columns}
        onChange={(next) => onChange({ ...draft, columns: next })}
        options={options(columns)}
      />
    </Line>
  );
}

function GroupFields({ draft, columns, onChange }: QuestionFormProps) {
  const { t } = useTranslation();
  const options = useColumnOptions();
  const put = (more: Partial<Draft>) => onChange({ ...draft, ...more });
  const { bucket } = draft;
  const times = columns.filter(({ type }) => type === 'time' || type === 'date');
  return (
    <>
      <Line label={t('share.query.group')}>
        <Select
          mode="multiple"
          allowClear
          maxTagCount="responsive"
          className="query-wide"
          aria-label={t('share.query.group')}
          placeholder={t('share.query.group')}
          showSearch={{ optionFilterProp: 'label' }}
          value={draft.group}
          onChange={(group) => put({ group, sort: [] })}
          options={options(columns)}
        />
      </Line>
      {times.length > 0 && (
        <Line label={t('share.query.bucket')}>
          <span className="row">
            <Select
              allowClear
              aria-label={t('share.query.bucketColumn')}
              placeholder={t('share.query.noBucket')}
              style={{ minWidth: 220 }}
              value={bucket?.column ?? null}
              onChange={(column: string | null) =>
                put({ bucket: column ? { column, every: bucket?.every ?? 'month' } : null, sort: [] })
              }
              options={options(times)}
            />
            {bucket && (
              <Select
                aria-label={t('share.query.bucketEvery')}
                style={{ minWidth: 100 }}
                value={bucket.every}
                onChange={(every) => put({ bucket: { ...bucket, every } })}
                options={BUCKETS.map((every) => ({ value: every, label: t(`share.periods.${every}`) }))}
              />
            )}
          </span>
        </Line>
      )}
      <Line label={t('share.query.aggregates')}>
        <Measures measures={draft.measures} columns={columns} onChange={(measures) => put({ measures })} />
      </Line>
    </>
  );
}

function LastFields({ draft, put }: { draft: Draft; put: (more: Partial<Draft>) => void }) {
  const { t } = useTranslation();
  const id = useId();
  const limitLabel = t(draft.mode === 'rows' ? 'share.query.limit' : 'share.query.limitGroups');
  return (
    <>
      <Line label={limitLabel}>
        <InputNumber
          aria-label={limitLabel}
          min={1}
          max={SHOWN_ROWS_MAX}
          precision={0}
          value={draft.limit}
          onChange={(limit) => put({ limit: limit ?? 1 })}
        />
      </Line>
      <Line label={t('share.query.purpose')}>
        <Input
          className="query-purpose"
          aria-label={t('share.query.purpose')}
          aria-describedby={id}
          maxLength={100}
          placeholder={t('share.query.purposePlaceholder')}
          value={draft.purpose}
          onChange={({ target }) => put({ purpose: target.value })}
        />
        <span id={id} className="faint query-note">
          {t('share.query.purposeHint')}
        </span>
      </Line>
    </>
  );
}
