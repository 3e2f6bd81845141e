import type { FuseOverview } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useDictionaries } from '../../lib/dictionaries.ts';
import { useFormat, usePick } from '../../lib/use-format.ts';
import { type Measure, useMeasureText } from './measure.ts';

/** Key industries: how many enterprises, how much revenue. */
export function Industries({ overview }: { overview: FuseOverview }) {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const most = Math.max(1, ...overview.keyIndustries.map((industry) => industry.revenue));
  return (
    <section className="wall-card" aria-labelledby="wall-industries">
      <h2 id="wall-industries">
        {t('province.industries')} <small>{t('province.industriesShare')}</small>
      </h2>
      <ul className="wall-bars">
        {overview.keyIndustries.map((industry) => (
          <li key={industry.key}>
            <Link to="/fuse/enterprises" search={{ keyIndustry: industry.key }}>
              <span className="wall-bar-name">{pick(industry.name)}</span>
              <span className="wall-bar-count">
                {format.number(industry.enterprises, 0)} {t('province.company')}
              </span>
              <span className="wall-bar-value">{format.money(industry.revenue)}</span>
              <i className="wall-bar copper" style={{ '--share': industry.revenue / most }} />
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

const SIZE_SHADES = ['#8fb8fb', '#5e8fdd', '#3f68ab', '#324d79'];

/** Size classes as one bar; the numbers stand in words below. */
export function Sizes({ overview }: { overview: FuseOverview }) {
  const { t } = useTranslation();
  const format = useFormat();
  const dictionaries = useDictionaries();
  const sizes = overview.sizes.map((item, index) => ({
    ...item,
    shade: SIZE_SHADES[index % SIZE_SHADES.length],
  }));
  const total = Math.max(1, ...[sizes.reduce((sum, item) => sum + item.enterprises, 0)]);
  return (
    <section className="wall-card" aria-labelledby="wall-sizes">
      <h2 id="wall-sizes">{t('province.sizes')}</h2>
      <div className="wall-stack" aria-hidden="true">
        {sizes.map((item) => (
          <i key={item.size} style={{ flexGrow: item.enterprises, background: item.shade }} />
        ))}
      </div>
      <ul className="wall-legend">
        {sizes.map((item) => (
          <li key={item.size}>
            <i style={{ background: item.shade }} aria-hidden="true" />
            {dictionaries.name('sizes', item.size)}
            <strong>{format.number(item.enterprises, 0)}</strong>
            <span>{format.percent(item.enterprises / total, 0)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

type RankingProps = { overview: FuseOverview; measure: Measure; onCity: (code: string) => void };

/** Cities by the chosen measure; also the keyboard's way to drill. */
export function Ranking({ overview, measure, onCity }: RankingProps) {
  const { t } = useTranslation();
  const dictionaries = useDictionaries();
  const valueText = useMeasureText(measure);
  const cities = [...overview.cities].sort((left, right) => right[measure] - left[measure]);
  const most = Math.max(1, cities[0]?.[measure] ?? 1);
  return (
    <section className="wall-card grow" aria-labelledby="wall-cities">
      <h2 id="wall-cities">
        {t('province.cities')} <small>{t(`province.measures.${measure}`)}</small>
      </h2>
      <ol className="wall-ranking even">
        {cities.map((city, index) => {
          const name = dictionaries.cityName(city.code, city.name);
          return (
            <li key={city.code}>
              <button type="button" onClick={() => onCity(city.code)}>
                <span className="wall-rank">{index + 1}</span>
                <span className="wall-bar-name">
                  {name}
                  <span className="visually-hidden"> {t('province.drill', { city: name })}</span>
                </span>
                <span className="wall-bar-value">{valueText(city[measure])}</span>
                <i className="wall-bar" style={{ '--share': city[measure] / most }} />
              </button>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
