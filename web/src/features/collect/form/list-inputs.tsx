import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Input, InputNumber, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { valueLabel } from '../../../i18n/connectors/index.ts';
import { usePreferences } from '../../../lib/preferences.ts';
import type { ControlProps } from './field-frame.tsx';
import { useForm } from './form-context.ts';
import { type Dict, isDict, type JsonSchema, kindOf, readScalar } from './json-schema.ts';
import { LeafInput } from './leaf-inputs.tsx';

type ListProps = {
  schema: JsonSchema;
  path: string;
  value: unknown;
  control: ControlProps;
  onChange: (next: unknown) => void;
};

/** Several single values: chosen where they are listed, typed with Enter between them otherwise. */
export function ScalarList({ schema, value, control, onChange }: ListProps) {
  const { readOnly } = useForm();
  const { t } = useTranslation();
  const { locale } = usePreferences();
  const items = schema.items ?? {};
  const { invalid, ...described } = control;
  const values = Array.isArray(value) ? value : [];
  const chosen = kindOf(items) === 'enum';
  return (
    <Select
      {...described}
      mode={chosen ? 'multiple' : 'tags'}
      {...(chosen
        ? {
            options: (items.enum ?? []).map((each) => ({
              value: String(each),
              label: valueLabel(each, locale),
            })),
          }
        : { open: false, suffixIcon: null, tokenSeparators: [',', '，'] })}
      style={{ width: '100%' }}
      disabled={readOnly}
      placeholder={t(chosen ? 'fleet.form.choose' : 'fleet.form.enterBetween')}
      {...(invalid ? { status: 'error' as const } : {})}
      value={values.map(String)}
      onChange={(next: string[]) => {
        const read = next.map((text) =>
          chosen ? items.enum?.find((each) => String(each) === text) : readScalar(items, text),
        );
        onChange(read.length === 0 ? undefined : read);
      }}
    />
  );
}

/** Values that have their places, such as the lowest and the highest. */
export function TupleInput({ schema, path, value, control, onChange }: ListProps) {
  const { readOnly } = useForm();
  const { t } = useTranslation();
  const parts = schema.prefixItems ?? [];
  const values = Array.isArray(value) ? value : [];
  const put = (at: number, next: unknown) => {
    const filled = parts.map((_, index) => (index === at ? next : (values[index] ?? null)) ?? null);
    onChange(filled.every((each) => each === null) ? undefined : filled);
  };
  return (
    <div className="row nowrap-row">
      {parts.map((part, at) => (
        <InputNumber
          // The places of a tuple are what it is made of; they never move.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          key={`${path}-${at}`}
          {...(at === 0 ? { id: control.id } : { 'aria-label': t('fleet.form.part', { part: at + 1 }) })}
          aria-describedby={control['aria-describedby']}
          style={{ flex: 1 }}
          readOnly={readOnly}
          value={typeof values[at] === 'number' ? values[at] : null}
          {...(control.invalid ? { status: 'error' as const } : {})}
          {...(part.type === 'integer' ? { precision: 0 } : {})}
          onChange={(next) => put(at, next === null ? null : Number(next))}
        />
      ))}
    </div>
  );
}

type Entry = { id: number; key: string; value: unknown };
const entriesOf = (value: unknown): Entry[] =>
  Object.entries(isDict(value) ? value : {}).map(([key, part], id) => ({ id, key, value: part }));
const dictOf = (entries: readonly Entry[]): Dict =>
  Object.fromEntries(entries.flatMap(({ key, value }) => (key === '' ? [] : [[key, value ?? '']])));

/** Names and values, such as headers. A name that is still empty is not part of the value yet. */
export function RecordInput({
  schema,
  path,
  value,
  control,
  secret,
  onChange,
}: ListProps & { secret: boolean }) {
  const { t } = useTranslation();
  const { readOnly } = useForm();
  const [entries, setEntries] = useState(() => entriesOf(value));
  const part = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {};
  // Somebody else changed the value, such as the code view: what is shown begins anew.
  const stale = JSON.stringify(dictOf(entries)) !== JSON.stringify(isDict(value) ? value : {});
  const shown = stale ? entriesOf(value) : entries;
  const put = (next: Entry[]) => {
    setEntries(next);
    const dict = dictOf(next);
    onChange(Object.keys(dict).length === 0 ? undefined : dict);
  };
  const change = (id: number, more: Partial<Entry>) =>
    put(shown.map((entry) => (entry.id === id ? { ...entry, ...more } : entry)));
  const nextId = Math.max(0, ...shown.map(({ id }) => id + 1));
  return (
    <div className="record">
      {shown.map((entry, at) => (
        <div className="record-row" key={entry.id}>
          <Input
            aria-label={t('fleet.form.entryName')}
            {...(at === 0 ? { id: control.id } : {})}
            value={entry.key}
            readOnly={readOnly}
            spellCheck={false}
            onChange={(event) => change(entry.id, { key: event.target.value })}
          />
          <LeafInput
            schema={part}
            path={`${path}.${entry.key}`}
            value={entry.value}
            required
            secret={secret || part.secret === true}
            control={{
              id: `${control.id}-${entry.id}`,
              'aria-describedby': control['aria-describedby'],
              invalid: false,
            }}
            onChange={(next) => change(entry.id, { value: next })}
          />
          {!readOnly && (
            <Button
              type="text"
              icon={<DeleteOutlined />}
              aria-label={t('fleet.form.remove')}
              onClick={() => put(shown.filter(({ id }) => id !== entry.id))}
            />
          )}
        </div>
      ))}
      {!readOnly && (
        <Button
          size="small"
          icon={<PlusOutlined />}
          onClick={() => put([...shown, { id: nextId, key: '', value: undefined }])}
        >
          {t('fleet.form.addEntry')}
        </Button>
      )}
    </div>
  );
}
