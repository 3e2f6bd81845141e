import type { CollectorReport } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../lib/use-format.ts';

/** Share of the buffer from which it is shown as a warning. */
export const BUFFER_WARN_SHARE = 0.8;
export const bufferShare = (report: CollectorReport): number =>
  report.bufferBytesMax > 0 ? report.bufferBytes / report.bufferBytesMax : 0;

/** How full the buffer on site is. */
export function BufferBar({ report }: { report: CollectorReport }) {
  const { t } = useTranslation();
  const format = useFormat();
  const share = bufferShare(report);
  const text = t('collect.collectors.bufferOf', {
    used: format.bytes(report.bufferBytes),
    max: format.bytes(report.bufferBytesMax),
  });
  return (
    <div title={text}>
      <div className="row spread" style={{ gap: 6 }}>
        <span>{format.percent(share)}</span>
        <span className="faint">{format.bytes(report.bufferBytes)}</span>
      </div>
      <div className={share >= BUFFER_WARN_SHARE ? 'bar warn' : 'bar'} aria-hidden="true">
        <i style={{ width: `${Math.min(100, share * 100)}%` }} />
      </div>
    </div>
  );
}
