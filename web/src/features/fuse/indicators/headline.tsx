import { type IndicatorFigures, MEASURES } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { Figures } from '../../../components/figures.tsx';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { useFigureText } from './figure-text.ts';
import type { IndicatorView } from './use-indicator-view.ts';

/** The sum, its growth, and on how many enterprises that rests. */
export function Headline({ view, figures }: { view: IndicatorView; figures: IndicatorFigures }) {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const text = useFigureText();
  const { indicator } = view;
  const { total, measure } = figures;
  const name = `${pick(indicator.name)} · ${pick(MEASURES[measure])}`;
  if (total.suppressed)
    return (
      <div className="indicator-headline">
        <Figures
          label={t('indicators.headline')}
          items={[{ label: name, value: '—', note: text.suppression(total.suppressed) }]}
        />
      </div>
    );
  if (total.value === null)
    return (
      <div className="empty">
        <strong>{t('indicators.noData')}</strong>
        <span>{t('indicators.noDataHint')}</span>
      </div>
    );
  const { growth } = total;
  const said = text.parts(total.value, indicator.unit);
  const base = text.parts(growth?.base, indicator.unit);
  return (
    <div className="indicator-headline">
      <Figures
        label={t('indicators.headline')}
        items={[
          { label: name, value: said.value, unit: said.unit },
          {
            label: growth?.kind === 'points' ? t('indicators.change') : t('indicators.growth'),
            value: text.growth(growth, indicator.unit),
            ...(growth ? {} : { note: t('indicators.noGrowth') }),
          },
          {
            label: t('indicators.comparable'),
            value: growth ? format.number(growth.comparable, 0) : '—',
            note: [
              t('indicators.ofEnterprises', { count: total.enterprises ?? 0 }),
              ...(growth?.share == null
                ? []
                : [t('indicators.comparableNote', { share: format.percent(growth.share) })]),
            ].join(' · '),
          },
          ...(growth?.base == null
            ? []
            : [{ label: t('indicators.base'), value: base.value, unit: base.unit }]),
        ]}
      />
    </div>
  );
}
