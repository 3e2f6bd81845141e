import type { LatestValue } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { QualityTag, StaleTag } from '../../components/tags.tsx';
import { unitSign } from '../../lib/unit.ts';
import { useFormat } from '../../lib/use-format.ts';
import { isStale } from './stale.ts';

const DIGITS = 3;

/** A measured value as text; a switch reads 1 or 0 as the machine says it. */
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

type LiveValueProps = { latest: LatestValue | undefined; unit: string | null; nowMs: number };

/** The newest value of a point with its unit; an old one is struck grey and says so in words. */
export function LiveValue({ latest, unit, nowMs }: LiveValueProps) {
  const text = useValueText();
  if (!latest) return <span className="faint">—</span>;
  const stale = isStale(latest, nowMs);
  return (
    <span className={stale || latest.quality === 'bad' ? 'live-value old' : 'live-value'}>
      {text(latest.value)} <small>{unitSign(unit)}</small>
    </span>
  );
}

/** Quality of the newest value, or that it is stale. */
export function LiveQuality({ latest, nowMs }: { latest: LatestValue | undefined; nowMs: number }) {
  if (!latest) return <span className="faint">—</span>;
  const stale = isStale(latest, nowMs);
  return (
    <span className="row" style={{ gap: 4 }}>
      {stale && <StaleTag />}
      {(!stale || latest.quality === 'bad') && (
        <QualityTag quality={latest.quality} reason={latest.quality === 'good' ? null : latest.reason} />
      )}
    </span>
  );
}
