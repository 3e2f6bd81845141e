import { ALERT_COLOUR_NAMES, type Page, type Point, RULE_SECONDS_MAX } from '@ronghe/contracts';
import { Input, InputNumber, Radio, Select, Switch } from 'antd';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Field, OrganisationField } from '../../components/field.tsx';
import { useGet } from '../../lib/query.ts';
import { CONDITION_KINDS, type RuleDraft } from './rule-draft.ts';

export type RuleFieldsProps = { draft: RuleDraft; put: (more: Partial<RuleDraft>) => void };

/** What the rule is called, how grave it is, whose points it watches. */
export function WhoFields({ draft, put }: RuleFieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <Field label={t('alertRules.name')}>
        {(id) => (
          <Input
            id={id}
            maxLength={100}
            value={draft.name}
            onChange={({ target }) => put({ name: target.value })}
          />
        )}
      </Field>
      <div className="form-field">
        <span id="rule-colour">{t('alertRules.colour')}</span>
        <Radio.Group
          aria-labelledby="rule-colour"
          value={draft.colour}
          onChange={({ target }) => put({ colour: target.value })}
          options={ALERT_COLOUR_NAMES.map((value) => ({ value, label: t(`alerts.colours.${value}`) }))}
        />
      </div>
      <OrganisationField
        label={t('alertRules.organisation')}
        hint={t('alertRules.organisationHint')}
        value={draft.organisation}
        onChange={(organisation) => put({ organisation, points: [] })}
      />
      <div className="form-field">
        <span id="rule-watch">{t('alertRules.watch')}</span>
        <Radio.Group
          aria-labelledby="rule-watch"
          optionType="button"
          value={draft.watch}
          onChange={({ target }) => put({ watch: target.value })}
          options={(['points', 'search'] as const).map((value) => ({
            value,
            label: t(`alertRules.watchKinds.${value}`),
          }))}
        />
      </div>
      {draft.watch === 'points' ? (
        <PointsField draft={draft} put={put} />
      ) : (
        <Field label={t('alertRules.lookFor')} hint={t('alertRules.lookForHint')}>
          {(id) => (
            <Input
              id={id}
              maxLength={100}
              value={draft.search}
              onChange={({ target }) => put({ search: target.value })}
            />
          )}
        </Field>
      )}
    </>
  );
}

const POINTS_SHOWN = 50;
/** Points by what is typed; those chosen keep their names while one looks for others. */
function PointsField({ draft, put }: RuleFieldsProps) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [names, setNames] = useState<Readonly<Record<number, string>>>({});
  const search = useDeferredValue(text.trim());
  const found = useGet<Page<Point>>(
    '/api/collect/points',
    { search, organisation: draft.organisation, limit: POINTS_SHOWN },
    { enabled: draft.organisation !== '', keep: true },
  );
  const labelOf = ({ name, key }: Point) => (name === key ? key : `${name} · ${key}`);
  const options = (found.data?.items ?? [])
    .filter(({ type }) => type !== 'text')
    .map((point) => ({ value: point.id, label: labelOf(point) }));
  const shown = new Set(options.map(({ value }) => value));
  const chosen = draft.points
    .filter((id) => !shown.has(id))
    .map((id) => ({ value: id, label: names[id] ?? `#${id}` }));
  return (
    <Field label={t('alertRules.points')} hint={t('alertRules.pointsHint')}>
      {(id) => (
        <Select
          id={id}
          mode="multiple"
          loading={found.isFetching}
          disabled={draft.organisation === ''}
          showSearch={{ filterOption: false, searchValue: text, onSearch: setText }}
          value={draft.points}
          onChange={(points: number[]) => {
            const known = options.filter(({ value }) => points.includes(value));
            setNames({ ...names, ...Object.fromEntries(known.map(({ value, label }) => [value, label])) });
            put({ points });
          }}
          options={[...options, ...chosen]}
        />
      )}
    </Field>
  );
}

type NumberFieldProps = {
  label: string;
  hint?: string;
  value: number | null;
  onChange: (value: number | null) => void;
  min?: number;
  max?: number;
};
function NumberField({ label, hint, value, onChange, min, max }: NumberFieldProps) {
  return (
    <Field label={label} {...(hint === undefined ? {} : { hint })}>
      {(id) => (
        <InputNumber
          id={id}
          style={{ width: '100%' }}
          value={value}
          onChange={onChange}
          {...(min === undefined ? {} : { min })}
          {...(max === undefined ? {} : { max })}
        />
      )}
    </Field>
  );
}

/** When the rule fires, and when it is over. */
export function ConditionFields({ draft, put }: RuleFieldsProps) {
  const { t } = useTranslation();
  const seconds = { min: 0, max: RULE_SECONDS_MAX };
  return (
    <>
      <Field label={t('alertRules.condition')}>
        {(id) => (
          <Select
            id={id}
            value={draft.kind}
            onChange={(kind) => put({ kind })}
            options={CONDITION_KINDS.map((value) => ({ value, label: t(`alertRules.kinds.${value}`) }))}
          />
        )}
      </Field>
      <div className="rule-grid">
        <LimitFields draft={draft} put={put} />
      </div>
      <div className="rule-grid">
        <NumberField
          label={t('alertRules.forSeconds')}
          value={draft.forSeconds}
          onChange={(forSeconds) => put({ forSeconds })}
          {...seconds}
        />
        <NumberField
          label={t('alertRules.clearSeconds')}
          value={draft.clearSeconds}
          onChange={(clearSeconds) => put({ clearSeconds })}
          {...seconds}
        />
      </div>
      {draft.kind !== 'silent' && (
        <div className="rule-grid">
          <Field label={t('alertRules.missing')}>
            {(id) => (
              <Select
                id={id}
                value={draft.missing}
                onChange={(missing) => put({ missing })}
                options={(['none', 'alert', 'clear'] as const).map((value) => ({
                  value,
                  label: t(`alertRules.missings.${value}`),
                }))}
              />
            )}
          </Field>
          {draft.missing !== 'none' && (
            <NumberField
              label={t('alertRules.missingSeconds')}
              value={draft.missingSeconds}
              onChange={(missingSeconds) => put({ missingSeconds })}
              min={10}
              max={RULE_SECONDS_MAX}
            />
          )}
        </div>
      )}
      <Field label={t('alertRules.cause')} hint={t('alertRules.causeHint')}>
        {(id) => (
          <Input.TextArea
            id={id}
            rows={2}
            maxLength={1_000}
            value={draft.cause}
            onChange={({ target }) => put({ cause: target.value })}
          />
        )}
      </Field>
      <Field label={t('alertRules.enabled')}>
        {(id) => (
          <Switch
            id={id}
            checked={draft.enabled}
            onChange={(enabled) => put({ enabled })}
            style={{ justifySelf: 'start' }}
          />
        )}
      </Field>
    </>
  );
}

function LimitFields({ draft, put }: RuleFieldsProps) {
  const { t } = useTranslation();
  switch (draft.kind) {
    case 'above':
    case 'below':
      return (
        <>
          <NumberField
            label={t('alertRules.limit')}
            value={draft.limit}
            onChange={(limit) => put({ limit })}
          />
          <NumberField
            label={t('alertRules.clear')}
            hint={t('alertRules.clearHint')}
            value={draft.clear}
            onChange={(clear) => put({ clear })}
          />
        </>
      );
    case 'outside':
      return (
        <>
          <NumberField label={t('alertRules.low')} value={draft.low} onChange={(low) => put({ low })} />
          <NumberField label={t('alertRules.high')} value={draft.high} onChange={(high) => put({ high })} />
          <NumberField
            label={t('alertRules.margin')}
            value={draft.margin}
            min={0}
            onChange={(margin) => put({ margin })}
          />
        </>
      );
    case 'equal':
    case 'unequal':
      return (
        <NumberField
          label={t('alertRules.valueOf')}
          hint={t('alertRules.valueHint')}
          value={draft.value}
          onChange={(value) => put({ value })}
        />
      );
    case 'silent':
      return (
        <NumberField
          label={t('alertRules.silentSeconds')}
          value={draft.silentSeconds}
          min={10}
          max={RULE_SECONDS_MAX}
          onChange={(silentSeconds) => put({ silentSeconds })}
        />
      );
    case 'bad':
      return null;
  }
}
