import { CELL_ENTERPRISES_MIN, CELL_SHARE_MAX, type IndicatorList } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../../components/page.tsx';
import { useCan } from '../../../lib/session.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import type { Indicator } from './figure-text.ts';

/** Why this number: the rules it follows and the sources and runs it comes from. */
export function RulePanel({ list, indicator }: { list: IndicatorList; indicator: Indicator }) {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const can = useCan();
  const flow = indicator.kind === 'flow';
  const rules = [
    indicator.derivation
      ? `${t('indicators.rules.derivation')}: ${pick(indicator.derivation)}`
      : t('indicators.rules.reported'),
    t(`indicators.rules.${indicator.january}`),
    ...(flow
      ? [t(indicator.measures[0] === 'month' ? 'indicators.rules.monthly' : 'indicators.rules.month')]
      : []),
    ...(indicator.kind === 'ratio' ? [t('indicators.rules.ratio')] : []),
    t('indicators.rules.comparable'),
    ...(indicator.code === 'PROFIT' ? [t('indicators.rules.negative')] : []),
    t('indicators.rules.place'),
    t('indicators.rules.choice'),
    t('indicators.rules.suppression', {
      few: CELL_ENTERPRISES_MIN,
      share: format.percent(CELL_SHARE_MAX, 0),
    }),
  ];
  return (
    <Panel title={t('indicators.why')}>
      <ul className="indicator-rules">
        {rules.map((rule) => (
          <li key={rule}>{rule}</li>
        ))}
      </ul>
      <h3>{t('indicators.sources')}</h3>
      {list.sources.length === 0 ? (
        <p className="faint">{t('indicators.noSources')}</p>
      ) : (
        <ul className="indicator-rules">
          {list.sources.map(({ source, name, run, at }) => (
            <li key={source}>
              {can('fuse:source:read') ? (
                <Link to="/fuse/sources/$id" params={{ id: source }}>
                  {name}
                </Link>
              ) : (
                name
              )}
              {' · '}
              {can('fuse:run:read') ? (
                <Link to="/fuse/runs/$id" params={{ id: run }}>
                  {t('indicators.run')} {format.dateTime(at)}
                </Link>
              ) : (
                format.dateTime(at)
              )}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
