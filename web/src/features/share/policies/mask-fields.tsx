import type { MaskKind } from '@ronghe/contracts';
import { InputNumber, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { beginMask, type DraftMask } from './policy-draft.ts';

const PERIODS = ['hour', 'day', 'month', 'quarter', 'year'] as const;
const KEPT_MAX = 20;

type MaskFieldsProps = {
  column: string;
  mask: DraftMask;
  kinds: readonly MaskKind[];
  onChange: (mask: DraftMask) => void;
};
/** The kind of a mask and what it needs to know. */
export function MaskFields({ column, mask, kinds, onChange }: MaskFieldsProps) {
  const { t } = useTranslation();
  const name = t('policies.maskOf', { column });
  // A saved mask stays to be seen, even where it does not fit the column any more.
  const choices = kinds.includes(mask.kind) ? kinds : [...kinds, mask.kind];
  return (
    <span className="row">
      <Select
        aria-label={name}
        value={mask.kind}
        popupMatchSelectWidth={false}
        style={{ minWidth: 130 }}
        onChange={(kind) => onChange(beginMask(kind))}
        options={choices.map((value) => ({ value, label: t(`share.maskKinds.${value}`) }))}
      />
      <More mask={mask} name={name} onChange={onChange} />
    </span>
  );
}

type MoreProps = { mask: DraftMask; name: string; onChange: (mask: DraftMask) => void };
function More({ mask, name, onChange }: MoreProps) {
  const { t } = useTranslation();
  const called = (what: string) => `${name} ${what}`;
  switch (mask.kind) {
    case 'partial':
      return (['first', 'last'] as const).map((end) => (
        <InputNumber
          key={end}
          aria-label={called(t(`policies.${end}`))}
          prefix={t(`policies.${end}`)}
          min={0}
          max={KEPT_MAX}
          precision={0}
          value={mask[end]}
          onChange={(value) => onChange({ ...mask, [end]: value })}
        />
      ));
    case 'band':
      return (
        <InputNumber
          aria-label={called(t('policies.bandStep'))}
          prefix={t('policies.bandStep')}
          min={0}
          value={mask.step}
          onChange={(step) => onChange({ ...mask, step: step !== null && step > 0 ? step : null })}
        />
      );
    case 'truncate':
      return (
        <Select
          aria-label={called(t('policies.truncateTo'))}
          value={mask.to}
          onChange={(to) => onChange({ ...mask, to })}
          popupMatchSelectWidth={false}
          options={PERIODS.map((value) => ({ value, label: t(`share.periods.${value}`) }))}
        />
      );
    case 'division':
      return (
        <Select
          aria-label={called(t('policies.digits'))}
          value={mask.digits}
          onChange={(digits) => onChange({ ...mask, digits })}
          popupMatchSelectWidth={false}
          options={[
            { value: 2 as const, label: t('policies.province') },
            { value: 4 as const, label: t('policies.city') },
          ]}
        />
      );
    case 'noise':
      return (
        <InputNumber
          aria-label={called(t('policies.noiseShare'))}
          prefix={t('policies.noiseShare')}
          min={0}
          max={100}
          value={mask.share === null ? null : Math.round(mask.share * 10_000) / 100}
          onChange={(percent) =>
            onChange({ ...mask, share: percent !== null && percent > 0 ? percent / 100 : null })
          }
        />
      );
    default:
      return null;
  }
}
