import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../lib/use-format.ts';
import { type Scale, signed, type Thresholds } from './waterfall-steps.ts';

const percent = (value: number): string => `${value.toFixed(3)}%`;

type StepPictureProps = {
  scale: Scale;
  thresholds?: Thresholds | null;
  from: number;
  to: number;
  /** where the part that hangs on how rare a value is begins */
  middle?: number;
  isFirst?: boolean;
  isLast?: boolean;
  /** a bar of its own, not a step that others lead to */
  isAlone?: boolean;
};

/**
 * One row of a waterfall: the line that comes down from the step before, the bar, and the line that goes on. Places are
 * percent, so that it follows the width of its cell without being measured. The numbers stand beside it as text.
 */
export function StepPicture({
  scale,
  thresholds,
  from,
  to,
  middle = to,
  isFirst,
  isLast,
  isAlone,
}: StepPictureProps) {
  const x = (weight: number) => percent(scale.at(weight));
  const bar = (begin: number, end: number, kind: string) =>
    begin !== end && (
      <line
        className={`${kind} ${end > begin ? 'plus' : 'minus'}`}
        x1={x(begin)}
        x2={x(end)}
        y1="50%"
        y2="50%"
      />
    );
  return (
    <svg className="step" width="100%" height="100%" aria-hidden="true" focusable="false">
      <line className="zero" x1={x(0)} x2={x(0)} y1="0" y2="100%" />
      {thresholds && <Lines thresholds={thresholds} x={x} />}
      {!isAlone && !isFirst && (
        <line className="way" x1={x(isLast ? to : from)} x2={x(isLast ? to : from)} y1="0" y2="50%" />
      )}
      {!isAlone && !isLast && <line className="way" x1={x(to)} x2={x(to)} y1="50%" y2="100%" />}
      {bar(from, middle, isLast ? 'bar-total' : 'bar-step')}
      {bar(middle, to, 'bar-frequency')}
      {from === to && <circle className="nothing" cx={x(from)} cy="50%" r="3" />}
    </svg>
  );
}

function Lines({ thresholds, x }: { thresholds: Thresholds; x: (weight: number) => string }) {
  return (
    <>
      <line
        className="threshold review"
        x1={x(thresholds.review)}
        x2={x(thresholds.review)}
        y1="0"
        y2="100%"
      />
      <line className="threshold match" x1={x(thresholds.match)} x2={x(thresholds.match)} y1="0" y2="100%" />
    </>
  );
}

/** Names of the thresholds and a few weights over the pictures; the caption tells the same. */
export function Axis({ scale, thresholds = null }: { scale: Scale; thresholds?: Thresholds | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const weight = (value: number) => signed(value, format.number);
  return (
    <span className={thresholds ? 'axis named' : 'axis'} aria-hidden="true">
      {thresholds && (
        <>
          <Mark at={scale.at(thresholds.match)} line={0} kind="match">
            {t('matching.waterfall.match', { weight: weight(thresholds.match) })}
          </Mark>
          <Mark at={scale.at(thresholds.review)} line={1} kind="review">
            {t('matching.waterfall.review', { weight: weight(thresholds.review) })}
          </Mark>
        </>
      )}
      {scale.ticks.map((tick) => (
        <Mark key={tick} at={scale.at(tick)} line={thresholds ? 2 : 0} kind="tick">
          {tick === 0 ? '0' : weight(tick)}
        </Mark>
      ))}
    </span>
  );
}

const AXIS_LINE_PX = 16;
type MarkProps = { at: number; line: number; kind: string; children: string };
function Mark({ at, line, kind, children }: MarkProps) {
  // Near an edge a text stands beside its place instead of around it.
  const shift = at > 78 ? '-100%' : at < 22 ? '0' : '-50%';
  return (
    <span
      className={`axis-mark ${kind}`}
      style={{
        left: percent(at),
        top: line * AXIS_LINE_PX,
        transform: `translateX(${kind === 'tick' ? '-50%' : shift})`,
      }}
    >
      {children}
    </span>
  );
}
