import type { LatestValue } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { QualityTag, StaleTag } from '../../components/tags.tsx';
import { unitSign } from '../../lib/unit.ts';
import { useFormat } from '../../lib/use-format.ts';

const DIGITS = 3;

/** A measured value as text; a switch reads yes or no. */
export function useValueText(): (value: LatestValue['value']) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (value) => {
    if (value === null) return '—';
    if (typeof value === 'number') return format.number(value, DIGITS);
    if (typeof value === 'boolean') return value ? t('action.yes') : t('action.no');
    return value;
  };
}

type LiveValueProps = { latest: LatestValue | undefined; unit: string | null; stale: boolean };

/** The newest value of a point with its unit; one that may no longer be true is grey. */
export function LiveValue({ latest, unit, stale }: LiveValueProps) {
  const text = useValueText();
  if (!latest) return <span className="faint">—</span>;
  return (
    <span className={stale || latest.quality === 'bad' ? 'live-value old' : 'live-value'}>
      {text(latest.value)} <small>{unitSign(unit)}</small>
    </span>
  );
}

/** Quality of the newest value, and that it is stale, in words. */
export function LiveQuality({ latest, stale }: { latest: LatestValue | undefined; stale: boolean }) {
  if (!latest) return <span className="faint">—</span>;
  return (
    <span className="row" style={{ gap: 4 }}>
      {stale && <StaleTag />}
      {(!stale || latest.quality === 'bad') && (
        <QualityTag quality={latest.quality} reason={latest.quality === 'good' ? null : latest.reason} />
      )}
    </span>
  );
}
