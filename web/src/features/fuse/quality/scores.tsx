import { QUALITY_DIMENSIONS, type QualityDimension, type QualityScores } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import './quality.css';

export const DIMENSIONS = Object.keys(QUALITY_DIMENSIONS) as QualityDimension[];
const GOOD_FROM = 95;
const FAIR_FROM = 80;

/** Colour class of a score; the number always stands beside it. */
export const scoreClass = (score: number | null | undefined): string =>
  score === null || score === undefined
    ? 'none'
    : score >= GOOD_FROM
      ? 'good'
      : score >= FAIR_FROM
        ? 'warn'
        : 'bad';

type ScoreProps = { score: number | null | undefined; before?: number | null | undefined; large?: boolean };

/** A score of 0 to 100 and how it moved. */
export function Score({ score, before, large = false }: ScoreProps) {
  const { t } = useTranslation();
  const format = useFormat();
  if (score === null || score === undefined) return <span className="faint">—</span>;
  const moved = before === null || before === undefined ? 0 : Math.round((score - before) * 10) / 10;
  return (
    <span className={large ? 'score large' : 'score'}>
      <span className={`score-value ${scoreClass(score)}`}>{format.number(score, 1)}</span>
      {moved !== 0 && (
        <span className={moved > 0 ? 'score-up' : 'score-down'}>
          <span aria-hidden="true">{moved > 0 ? '▲' : '▼'}</span>
          <span className="visually-hidden">{t(moved > 0 ? 'board.up' : 'board.down')}</span>
          {format.number(Math.abs(moved), 1)}
        </span>
      )}
    </span>
  );
}

/** The six dimensions of GB/T 36344 as bars. */
export function DimensionBars({
  scores,
  before,
}: {
  scores: QualityScores;
  before?: QualityScores | null | undefined;
}) {
  const pick = usePick();
  return (
    <ul className="dimension-bars">
      {DIMENSIONS.map((dimension) => {
        const score = scores.dimensions[dimension] ?? null;
        return (
          <li key={dimension}>
            <span>{pick(QUALITY_DIMENSIONS[dimension])}</span>
            <span className={`bar ${scoreClass(score)}`} aria-hidden="true">
              <i style={{ width: `${score ?? 0}%` }} />
            </span>
            <Score score={score} before={before?.dimensions[dimension]} />
          </li>
        );
      })}
    </ul>
  );
}
