import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Input, Select, Switch } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldRank, isBasic, valueLabel } from '../../../i18n/connectors/index.ts';
import { usePreferences } from '../../../lib/preferences.ts';
import { FieldFrame } from './field-frame.tsx';
import { useFieldTexts, useForm } from './form-context.ts';
import {
  type Dict,
  discriminatorOf,
  emptyOf,
  isDict,
  type JsonSchema,
  kindOf,
  objectOf,
  toVariant,
  variantsOf,
  withKey,
} from './json-schema.ts';
import { LeafInput } from './leaf-inputs.tsx';
import { RecordInput, ScalarList, TupleInput } from './list-inputs.tsx';
import { isSecretAt } from './secrets.ts';
import { isWithin, joined, patternOf } from './value-path.ts';

type FieldsProps = {
  schema: JsonSchema;
  /** place in the connection, under which texts and problems are found */
  path: string;
  value: Dict;
  onChange: (next: Dict) => void;
  /** keys that are shown elsewhere */
  without?: readonly string[];
  secret?: boolean;
};

/** All fields of a group. What is required, set or common comes first; the rest is folded away. */
export function SchemaFields({ schema, path, value, onChange, without = [], secret = false }: FieldsProps) {
  const { t } = useTranslation();
  const { protocol, issues } = useForm();
  const object = objectOf(schema, value);
  const telling = discriminatorOf(schema);
  const keys = orderedKeys(object, (key) => fieldRank(protocol, patternOf(joined(path, key)))).filter(
    (key) => {
      const part = object.properties?.[key] ?? {};
      return !without.includes(key) && (kindOf(part) !== 'const' || key === telling);
    },
  );
  const atOnce = (key: string) => {
    const place = joined(path, key);
    return (
      key === telling ||
      (object.required ?? []).includes(key) ||
      value[key] !== undefined ||
      isBasic(protocol, patternOf(place)) ||
      [...issues.keys()].some((at) => isWithin(at, place))
    );
  };
  // What was folded away when the form opened stays there: fields do not jump while one types.
  const [first] = useState(() => new Set(keys.filter(atOnce)));
  const front = keys.filter(
    (key) => first.has(key) || (object.required ?? []).includes(key) || key === telling,
  );
  const folded = keys.filter((key) => !front.includes(key));
  const small = folded.length <= 2 || front.length === 0;
  const fields = (some: readonly string[]) =>
    some.map((key) =>
      key === telling ? (
        <VariantChoice key={key} schema={schema} path={path} value={value} onChange={onChange} />
      ) : (
        <SchemaField
          key={key}
          schema={object.properties?.[key] ?? {}}
          path={joined(path, key)}
          value={value[key]}
          required={(object.required ?? []).includes(key)}
          secret={secret || isSecretAt(object, [key])}
          onChange={(next) => onChange(withKey(value, key, next))}
        />
      ),
    );
  return (
    <>
      <div className="fields">{fields(small ? keys : front)}</div>
      {!small && (
        <details
          className="fold"
          open={folded.some((key) => [...issues.keys()].some((at) => isWithin(at, joined(path, key))))}
        >
          <summary>{t('fleet.form.more', { count: folded.length })}</summary>
          <div className="fields">{fields(folded)}</div>
        </details>
      )}
    </>
  );
}

const GROUPS = new Set(['object', 'variants', 'rows']);
/** Single fields in the order of their rank, then groups, which take a whole row each. */
function orderedKeys(object: JsonSchema, rankOf: (key: string) => number): string[] {
  return Object.entries(object.properties ?? {})
    .map(([key, part]) => ({ key, group: GROUPS.has(kindOf(part)), rank: rankOf(key) }))
    .sort((one, other) => Number(one.group) - Number(other.group) || one.rank - other.rank)
    .map(({ key }) => key);
}

/** Which of several kinds a group is; what the next kind knows as well is kept. */
function VariantChoice({ schema, path, value, onChange }: Omit<FieldsProps, 'without'>) {
  const { readOnly } = useForm();
  const { locale } = usePreferences();
  const key = discriminatorOf(schema) ?? '';
  const choices = variantsOf(schema).map((each) => each.properties?.[key]?.const);
  return (
    <FieldFrame path={joined(path, key)} schema={{}} required>
      {({ invalid: _invalid, ...control }) => (
        <Select
          {...control}
          style={{ width: '100%' }}
          disabled={readOnly}
          value={choices.indexOf(value[key])}
          options={choices.map((choice, at) => ({ value: at, label: valueLabel(choice, locale) }))}
          onChange={(at: number) => onChange(toVariant(schema, value, choices[at]))}
        />
      )}
    </FieldFrame>
  );
}

type FieldProps = {
  schema: JsonSchema;
  path: string;
  value: unknown;
  required: boolean;
  secret: boolean;
  onChange: (next: unknown) => void;
};

/** One field of any kind. */
export function SchemaField(props: FieldProps) {
  const { PointRows } = useForm();
  const { schema, path, value, required, secret, onChange } = props;
  const kind = kindOf(schema);
  if (kind === 'object' || kind === 'variants') return <Group {...props} />;
  if (kind === 'rows') {
    if (PointRows && schema.items?.properties?.key)
      return (
        <Section path={path} schema={schema}>
          <PointRows
            schema={schema}
            path={path}
            value={Array.isArray(value) ? value : []}
            onChange={onChange}
          />
        </Section>
      );
    return <Rows {...props} />;
  }
  const wide = kind === 'record' || kind === 'json' || path.endsWith('sql') || path.endsWith('body');
  return (
    <FieldFrame path={path} schema={schema} required={required} wide={wide}>
      {(control) => {
        const shared = { schema, path, value, control, onChange };
        if (kind === 'list') return <ScalarList {...shared} />;
        if (kind === 'tuple') return <TupleInput {...shared} />;
        if (kind === 'record') return <RecordInput {...shared} secret={secret} />;
        if (kind === 'json') return <JsonInput {...shared} />;
        return <LeafInput {...shared} required={required} secret={secret} />;
      }}
    </FieldFrame>
  );
}

function Section({
  path,
  schema,
  children,
}: {
  path: string;
  schema: JsonSchema;
  children: React.ReactNode;
}) {
  const { label, help } = useFieldTexts()(path, schema);
  const faults = useForm().issues.get(path) ?? [];
  return (
    <section className="field-section" data-path={path} aria-label={label}>
      <h4>{label}</h4>
      {help !== '' && <div className="field-help">{help}</div>}
      {faults.map((fault) => (
        <div className="field-fault" key={fault}>
          {fault}
        </div>
      ))}
      {children}
    </section>
  );
}

/** A group of fields. An optional one without a default is there or not: a switch tells. */
function Group({ schema, path, value, required, secret, onChange }: FieldProps) {
  const id = useId();
  const { readOnly, issues } = useForm();
  const { label, help } = useFieldTexts()(path, schema);
  const optional = !required && schema.default === undefined;
  const present = isDict(value);
  const open =
    required ||
    (present && Object.keys(value).length > 0) ||
    [...issues.keys()].some((at) => isWithin(at, path));
  const body = (
    <SchemaFields
      schema={schema}
      path={path}
      value={present ? value : {}}
      secret={secret}
      onChange={(next) =>
        onChange(Object.keys(next).length === 0 && !required && !optional ? undefined : next)
      }
    />
  );
  if (optional)
    return (
      <section className="field-section" data-path={path} aria-labelledby={id}>
        <div className="row">
          <Switch
            size="small"
            checked={present}
            disabled={readOnly}
            aria-labelledby={id}
            onChange={(on) => onChange(on ? emptyOf(schema) : undefined)}
          />
          <h4 id={id}>{label}</h4>
          <span className="field-help">{help}</span>
        </div>
        {present && body}
      </section>
    );
  return (
    <details className="field-section" data-path={path} open={open}>
      <summary>
        {label} <span className="field-help">{help}</span>
      </summary>
      {body}
    </details>
  );
}

/** A list of groups that are not points: stations, queries, discoveries. */
function Rows({ schema, path, value, onChange, secret }: FieldProps) {
  const { t } = useTranslation();
  const { readOnly } = useForm();
  const items = Array.isArray(value) ? value : [];
  const item = schema.items ?? {};
  const put = (next: readonly unknown[]) =>
    onChange(next.length === 0 && !schema.minItems ? undefined : next);
  return (
    <Section path={path} schema={schema}>
      {items.map((each, at) => (
        // An entry is known by its place: it may have no name yet.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <div className="field-card" key={`${path}-${at}`}>
          <div className="row spread">
            <strong>{titleOf(each) || t('fleet.form.entry', { number: at + 1 })}</strong>
            {!readOnly && (
              <Button
                type="text"
                size="small"
                icon={<DeleteOutlined />}
                onClick={() => put(items.filter((_, index) => index !== at))}
              >
                {t('fleet.form.remove')}
              </Button>
            )}
          </div>
          <SchemaFields
            schema={item}
            path={`${path}[${at}]`}
            value={isDict(each) ? each : {}}
            secret={secret}
            onChange={(next) => put(items.map((before, index) => (index === at ? next : before)))}
          />
        </div>
      ))}
      {!readOnly && (
        <Button size="small" icon={<PlusOutlined />} onClick={() => put([...items, emptyOf(item)])}>
          {t('fleet.form.addEntry')}
        </Button>
      )}
    </Section>
  );
}

const titleOf = (item: unknown): string =>
  isDict(item) ? String(item.name ?? item.mn ?? item.topic ?? '') : '';

/** What no form is made for is written as JSON; a text that is none yet changes nothing. */
function JsonInput({
  value,
  control,
  onChange,
}: {
  value: unknown;
  control: { id: string };
  onChange: (next: unknown) => void;
}) {
  const { t } = useTranslation();
  const { readOnly } = useForm();
  const [text, setText] = useState(() => (value === undefined ? '' : JSON.stringify(value)));
  const [wrong, setWrong] = useState(false);
  const put = (next: string) => {
    setText(next);
    try {
      onChange(next.trim() === '' ? undefined : JSON.parse(next));
      setWrong(false);
    } catch {
      setWrong(true);
    }
  };
  return (
    <>
      <Input.TextArea
        id={control.id}
        value={text}
        readOnly={readOnly}
        autoSize
        spellCheck={false}
        {...(wrong ? { status: 'error' as const } : {})}
        onChange={(event) => put(event.target.value)}
      />
      {wrong && <div className="field-fault">{t('fleet.code.notJson')}</div>}
    </>
  );
}
