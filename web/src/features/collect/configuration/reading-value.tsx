import type { TrialReading } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { QualityTag } from '../../../components/tags.tsx';
import { useFormat } from '../../../lib/use-format.ts';

/** A value that was just read; its quality is told when it is not good. */
export function ReadingValue({ reading }: { reading: TrialReading | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!reading) return <span className="faint">—</span>;
  const { value, quality, reason } = reading;
  const text =
    value === null
      ? '—'
      : typeof value === 'number'
        ? format.number(value)
        : typeof value === 'boolean'
          ? t(value ? 'action.yes' : 'action.no')
          : value;
  return (
    <span className="row nowrap-row end">
      <strong>{text}</strong>
      {quality !== 'good' && <QualityTag quality={quality} reason={reason} />}
    </span>
  );
}
