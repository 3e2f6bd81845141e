import { READ_PROBLEMS, type Source } from '@ronghe/contracts';
import { Form, Input, InputNumber, Select } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useDictionaries } from '../../../lib/dictionaries.ts';
import { usePick } from '../../../lib/use-format.ts';
import { useTargets } from '../use-targets.ts';
import { beginCheck, CHECK_KINDS, type CheckKind, OPERATORS, type Spec, specsOf } from './checks.ts';

type CheckFieldsProps = { sources: readonly Source[]; disabled: boolean };

/** The kind of a check and what that kind asks. */
export function CheckFields({ sources, disabled }: CheckFieldsProps) {
  const { t } = useTranslation();
  const form = Form.useFormInstance();
  const kind = Form.useWatch(['check', 'kind'], form) as string | undefined;
  return (
    <>
      <Form.Item name={['check', 'kind']} label={t('board.checkKind')} rules={[{ required: true }]}>
        <Select
          disabled={disabled}
          showSearch={{ optionFilterProp: 'label' }}
          options={CHECK_KINDS.map((value) => ({ value, label: t(`board.kinds.${value}`) }))}
          onChange={(next: CheckKind) => form.setFieldValue('check', beginCheck(next))}
        />
      </Form.Item>
      <div className="form-grid">
        {specsOf(kind ?? '').map((spec) => (
          <CheckField key={`${kind} ${spec.name}`} spec={spec} sources={sources} disabled={disabled} />
        ))}
      </div>
    </>
  );
}

type CheckFieldProps = { spec: Spec; sources: readonly Source[]; disabled: boolean };
function CheckField({ spec, sources, disabled }: CheckFieldProps) {
  const { t } = useTranslation();
  const label = t(`board.check.${spec.name as 'field'}`);
  const rules = spec.required ? [{ required: true, message: t('required') }] : [];
  return (
    <Form.Item name={['check', spec.name]} label={label} rules={rules}>
      <CheckInput spec={spec} sources={sources} disabled={disabled} />
    </Form.Item>
  );
}

type InputProps = CheckFieldProps & { id?: string; value?: unknown; onChange?: (value: unknown) => void };
/** The right input for one value; antd's form hands in id, value and onChange. */
function CheckInput({ spec, sources, disabled, id, value, onChange }: InputProps) {
  const { t } = useTranslation();
  const pick = usePick();
  const targets = useTargetOptions(sources);
  const dictionaries = useDictionaries();
  const bound = { id: id ?? '', disabled, onChange: (next: unknown) => onChange?.(next) };
  const search = { showSearch: { optionFilterProp: 'label' }, style: { width: '100%' } };
  switch (spec.input) {
    case 'field':
      return <Select {...bound} {...search} value={value as string} options={targets} />;
    case 'fields':
      return <Select {...bound} {...search} mode="multiple" value={value as string[]} options={targets} />;
    case 'field-or-number':
      return (
        <Select
          {...bound}
          {...search}
          mode="tags"
          maxCount={1}
          value={value === undefined ? [] : [String(value)]}
          options={targets}
          onChange={(next: string[]) => onChange?.(next.at(-1))}
        />
      );
    case 'numbers':
      return (
        <Select
          {...bound}
          mode="tags"
          open={false}
          suffixIcon={null}
          maxCount={5}
          tokenSeparators={[',', '，', ' ']}
          value={value as string[]}
          style={{ width: '100%' }}
        />
      );
    case 'operator':
      return (
        <Select
          {...bound}
          value={value as string}
          options={OPERATORS.map((sign) => ({ value: sign, label: sign }))}
        />
      );
    case 'source':
      return (
        <Select
          {...bound}
          {...search}
          value={value as string}
          options={sources.map(({ key, name }) => ({ value: key, label: name }))}
        />
      );
    case 'finding':
      return (
        <Select
          {...bound}
          {...search}
          value={value as string}
          options={dictionaries.options('findingRules')}
        />
      );
    case 'problem':
      return (
        <Select
          {...bound}
          {...search}
          value={value as string}
          options={Object.entries(READ_PROBLEMS).map(([name, text]) => ({ value: name, label: pick(text) }))}
        />
      );
    case 'lines':
      return (
        <Input.TextArea
          id={bound.id}
          disabled={disabled}
          rows={4}
          placeholder={t('board.onePerLine')}
          value={value as string}
          onChange={({ target }) => onChange?.(target.value)}
        />
      );
    case 'text':
      return (
        <Input
          id={bound.id}
          disabled={disabled}
          maxLength={spec.max ?? 200}
          spellCheck={false}
          value={value as string}
          onChange={({ target }) => onChange?.(target.value)}
        />
      );
    case 'share':
      return <Percent id={bound.id} disabled={disabled} value={value as number} onChange={bound.onChange} />;
    case 'number':
    case 'integer':
      return (
        <InputNumber
          {...bound}
          value={value as number}
          style={{ width: '100%' }}
          {...(spec.min === undefined ? {} : { min: spec.min })}
          {...(spec.max === undefined ? {} : { max: spec.max })}
          {...(spec.input === 'integer' ? { precision: 0 } : {})}
        />
      );
  }
}

type PercentProps = {
  id?: string;
  disabled?: boolean;
  value?: number | null;
  onChange?: (share: number | null) => void;
};
/** A share of 0 to 1 that people write in percent. */
export function Percent({ id, disabled = false, value, onChange }: PercentProps) {
  return (
    <InputNumber
      id={id ?? ''}
      disabled={disabled}
      min={0}
      max={1_000}
      suffix="%"
      value={value === undefined || value === null ? null : Math.round(value * 1e6) / 1e4}
      onChange={(percent) => onChange?.(percent === null ? null : Math.round(percent * 1e4) / 1e6)}
      style={{ width: '100%' }}
    />
  );
}

/** Attributes, indicators, and columns that any source maps to. */
function useTargetOptions(sources: readonly Source[]) {
  const targets = useTargets();
  return useMemo(() => {
    const own = new Set(
      sources.flatMap(({ mappings }) =>
        mappings.map(({ to }) => to).filter((to) => to.startsWith('column:')),
      ),
    );
    return [
      ...targets.groups(null).flatMap(({ options }) => options),
      ...[...own].map((value) => ({ value, label: targets.name(value) })),
    ];
  }, [targets, sources]);
}
