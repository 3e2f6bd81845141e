import type { MatchWaterfall } from '@ronghe/contracts';
import { Checkbox } from 'antd';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { Axis, StepPicture } from './step-picture.tsx';
import { useShare } from './verdict-tag.tsx';
import {
  type Scale,
  type Step,
  scaleOf,
  signed,
  stepsOf,
  type Thresholds,
  weightsOf,
} from './waterfall-steps.ts';
import './waterfall.css';

type WaterfallProps = {
  waterfall: MatchWaterfall;
  /** drawn as lines; left out where the model's are not known yet */
  thresholds: Thresholds | null;
  /** what the pair is; part of the table's name */
  label: string;
};

/** How the weight of a pair comes about, step by step: a picture that is a table, so that it reads without being seen. */
export function Waterfall({ waterfall, thresholds, label }: WaterfallProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const share = useShare();
  const [showShares, setShowShares] = useState(false);
  const scale = scaleOf(weightsOf(waterfall, thresholds));
  const weight = (value: number) => signed(value, format.number);
  const { prior, probability } = waterfall;
  return (
    <figure className="waterfall">
      <figcaption>
        <p>
          {t('matching.waterfall.summary', {
            prior: weight(prior),
            weight: weight(waterfall.weight),
            probability: share(probability),
          })}
        </p>
        {thresholds && (
          <p>
            {t('matching.waterfall.thresholds', {
              match: weight(thresholds.match),
              review: weight(thresholds.review),
            })}
          </p>
        )}
        <p className="faint">{t('matching.waterfall.legend')}</p>
        <Checkbox checked={showShares} onChange={({ target }) => setShowShares(target.checked)}>
          {t('matching.waterfall.showShares')}
        </Checkbox>
      </figcaption>
      <table aria-label={`${t('matching.waterfall.table')}: ${label}`}>
        <thead>
          <tr>
            <th scope="col">{t('matching.waterfall.comparison')}</th>
            <th scope="col" className="waterfall-picture">
              <span className="visually-hidden">{t('matching.waterfall.picture')}</span>
              <Axis scale={scale} thresholds={thresholds} />
            </th>
            <th scope="col" className="end">
              {t('matching.weight')}
            </th>
          </tr>
        </thead>
        <tbody>
          <Row
            title={t('matching.waterfall.prior')}
            note={t('matching.waterfall.priorHint')}
            picture={<StepPicture scale={scale} thresholds={thresholds} from={0} to={prior} isFirst />}
            weight={weight(prior)}
          />
          {stepsOf(waterfall).map((step) => (
            <StepRow
              key={step.bar.comparison}
              step={step}
              scale={scale}
              thresholds={thresholds}
              showShares={showShares}
            />
          ))}
          <Row
            isTotal
            title={t('matching.waterfall.total')}
            note={`${t('matching.probability')} ${share(probability)}`}
            picture={
              <StepPicture scale={scale} thresholds={thresholds} from={0} to={waterfall.weight} isLast />
            }
            weight={weight(waterfall.weight)}
          />
        </tbody>
      </table>
    </figure>
  );
}

type StepRowProps = { step: Step; scale: Scale; thresholds: Thresholds | null; showShares: boolean };
function StepRow({ step, scale, thresholds, showShares }: StepRowProps) {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const share = useShare();
  const { bar, from, to } = step;
  const weight = (value: number) => signed(value, format.number);
  const isUntold = bar.level < 0;
  const frequency =
    Math.abs(bar.frequency) < 0.05
      ? null
      : t(bar.frequency > 0 ? 'matching.waterfall.frequency' : 'matching.waterfall.frequencyCommon', {
          weight: weight(bar.frequency),
        });
  return (
    <Row
      isUntold={isUntold}
      title={pick(bar.title)}
      note={
        <>
          <span>{isUntold ? t('matching.waterfall.untold') : pick(bar.label)}</span>
          {(bar.left !== '' || bar.right !== '') && (
            <span className="waterfall-values">
              {bar.left || '—'} <span aria-hidden="true">↔</span> {bar.right || '—'}
            </span>
          )}
          {frequency && <span>{frequency}</span>}
          {showShares && bar.m !== null && bar.u !== null && (
            <span>{t('matching.waterfall.shares', { m: share(bar.m), u: share(bar.u) })}</span>
          )}
        </>
      }
      picture={
        <StepPicture scale={scale} thresholds={thresholds} from={from} to={to} middle={from + bar.weight} />
      }
      weight={weight(to - from)}
    />
  );
}

type RowProps = {
  title: string;
  note: ReactNode;
  picture: ReactNode;
  weight: string;
  isTotal?: boolean;
  isUntold?: boolean;
};
function Row({ title, note, picture, weight, isTotal = false, isUntold = false }: RowProps) {
  return (
    <tr className={isTotal ? 'total' : isUntold ? 'untold' : undefined}>
      <th scope="row">
        {title}
        <div className="waterfall-note">{note}</div>
      </th>
      <td className="waterfall-picture">{picture}</td>
      <td className="end nowrap">{weight}</td>
    </tr>
  );
}
