import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import type { FieldMapping } from '@ronghe/contracts';
import { Button, Drawer, Input, Select } from 'antd';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { ProfileFacts } from '../source/profile-facts.tsx';
import { columnTarget, isColumnTarget, useTargets } from '../use-targets.ts';
import { Reasons } from './column-cells.tsx';
import { editOf } from './column-table.tsx';
import type { Row } from './column-view.ts';
import { type Draft, fieldsOf, mappingOf } from './draft.ts';

type ColumnDrawerProps = {
  row: Row | null;
  columns: readonly string[];
  draft: Draft;
  readOnly: boolean;
  onChange: (draft: Draft) => void;
  onClose: () => void;
};

/** One column closely: what is in it, why something is proposed, what its single values mean, what stands in for it. */
export function ColumnDrawer({ row, columns, draft, readOnly, onChange, onClose }: ColumnDrawerProps) {
  const { t } = useTranslation();
  const edit = editOf(draft, onChange);
  const index = row?.index ?? null;
  const mapping = index === null ? null : (draft.mappings[index] ?? null);
  return (
    <Drawer open={row !== null} onClose={onClose} size={560} title={row?.column ?? ''} destroyOnHidden>
      {row && (
        <div className="stack">
          {mapping && index !== null && (
            <>
              <Fallbacks
                {...{ mapping, columns, readOnly }}
                onChange={(from) => edit.change(index, { from })}
              />
              <OwnName {...{ mapping, readOnly }} onChange={(to) => edit.change(index, { to })} />
              <ValueList
                {...{ mapping, readOnly }}
                proposals={row.profile?.common.map(({ value }) => value) ?? []}
                onChange={(values) => edit.change(index, { values })}
              />
              {!readOnly && (
                <Button
                  onClick={() =>
                    edit.add(mappingOf({ ...mapping, column: row.column, to: columnTarget(row.column) }))
                  }
                >
                  {t('studio.again')}
                </Button>
              )}
            </>
          )}
          {row.suggestion && row.suggestion.to !== null && (
            <section>
              <h3>{t('studio.why')}</h3>
              <Reasons suggestion={row.suggestion} />
            </section>
          )}
          {row.profile && <ProfileFacts column={row.profile} />}
        </div>
      )}
    </Drawer>
  );
}

type FallbacksProps = {
  mapping: FieldMapping;
  columns: readonly string[];
  readOnly: boolean;
  onChange: (from: string) => void;
};
function Fallbacks({ mapping, columns, readOnly, onChange }: FallbacksProps) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <div>
      <label htmlFor={id}>{t('studio.fields')}</label>
      <Select
        id={id}
        mode="multiple"
        disabled={readOnly}
        value={fieldsOf(mapping.from)}
        options={columns.map((column) => ({ value: column, label: column }))}
        onChange={(fields: string[]) => fields.length > 0 && onChange(fields.join('|'))}
        style={{ width: '100%' }}
      />
      <p className="faint">{t('studio.fieldsHint')}</p>
    </div>
  );
}

type OwnNameProps = { mapping: FieldMapping; readOnly: boolean; onChange: (to: string) => void };
/** What a column of the dataset is called may be chosen freely. */
function OwnName({ mapping, readOnly, onChange }: OwnNameProps) {
  const { t } = useTranslation();
  const targets = useTargets();
  const id = useId();
  if (!isColumnTarget(mapping.to)) return null;
  return (
    <div>
      <label htmlFor={id}>{t('studio.ownName')}</label>
      <Input
        id={id}
        disabled={readOnly}
        maxLength={90}
        defaultValue={targets.name(mapping.to)}
        onBlur={({ target }) => target.value.trim() !== '' && onChange(columnTarget(target.value.trim()))}
      />
    </div>
  );
}

type ValueListProps = {
  mapping: FieldMapping;
  proposals: readonly string[];
  readOnly: boolean;
  onChange: (values: Record<string, string>) => void;
};
/** What single values of the source mean, as 1 is 大型; asked before the transform. */
function ValueList({ mapping, proposals, readOnly, onChange }: ValueListProps) {
  const { t } = useTranslation();
  const entries = Object.entries(mapping.values);
  const put = (at: number, entry: readonly [string, string] | null) =>
    onChange(
      Object.fromEntries(
        entries.flatMap((known, index) => (index === at ? (entry ? [entry] : []) : [known])),
      ),
    );
  const open = proposals.filter((value) => mapping.values[value] === undefined).slice(0, 12);
  return (
    <section className="value-list">
      <h3>{t('studio.values')}</h3>
      <p className="faint">{t('studio.valuesHint')}</p>
      {entries.map(([value, meaning], at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a value is edited in place, so it cannot be the key of its line
        <div className="value-line" key={at}>
          <Input
            aria-label={t('studio.valueFrom', { row: at + 1 })}
            disabled={readOnly}
            maxLength={200}
            value={value}
            onChange={({ target }) => put(at, [target.value, meaning])}
          />
          <span aria-hidden="true">→</span>
          <Input
            aria-label={t('studio.valueTo', { row: at + 1 })}
            disabled={readOnly}
            maxLength={200}
            value={meaning}
            onChange={({ target }) => put(at, [value, target.value])}
          />
          <Button
            type="text"
            icon={<DeleteOutlined />}
            aria-label={t('studio.valueRemove', { value })}
            disabled={readOnly}
            onClick={() => put(at, null)}
          />
        </div>
      ))}
      {!readOnly && (
        <div className="row">
          <Button
            size="small"
            icon={<PlusOutlined />}
            disabled={mapping.values[''] !== undefined}
            onClick={() => onChange({ ...mapping.values, '': '' })}
          >
            {t('studio.valueAdd')}
          </Button>
          {open.map((value) => (
            <Button
              key={value}
              size="small"
              type="dashed"
              onClick={() => onChange({ ...mapping.values, [value]: value })}
            >
              {value}
            </Button>
          ))}
        </div>
      )}
    </section>
  );
}
