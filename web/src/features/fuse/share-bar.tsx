import { useFormat } from '../../lib/use-format.ts';
import './source/source.css';

type ShareBarProps = { share: number; label: string; warnBelow?: number };

/** A share as a bar with its number beside it. */
export function ShareBar({ share, label, warnBelow = 0 }: ShareBarProps) {
  const format = useFormat();
  const text = format.percent(share, (share > 0.995 && share < 1) || (share > 0 && share < 0.005) ? 2 : 0);
  return (
    <span className="share" title={`${label} ${text}`}>
      <span className={share < warnBelow ? 'bar warn' : 'bar'} aria-hidden="true">
        <i style={{ width: `${Math.max(0, Math.min(1, share)) * 100}%` }} />
      </span>
      <span>
        <span className="visually-hidden">{label} </span>
        {text}
      </span>
    </span>
  );
}
