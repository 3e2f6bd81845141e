import type { FuseOverview } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../lib/use-format.ts';

type City = FuseOverview['cities'][number];
type KeyFiguresProps = { overview: FuseOverview; city: City | null; cityName: string };

/** Key figures of the province, or of the city one has drilled to with its share of the province. */
export function KeyFigures({ overview, city, cityName }: KeyFiguresProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const share = (part: number, whole: number) => (city && whole > 0 ? format.percent(part / whole) : null);
  const enterprises = city?.enterprises ?? overview.enterprises;
  const revenue = city?.revenue ?? overview.revenue;
  const employees = city?.employees ?? overview.employees;
  return (
    <section className="wall-card" aria-label={t('platform.home.figures')}>
      {city && <h2>{cityName}</h2>}
      <dl className="wall-figures">
        <Figure
          label={t('province.enterprises')}
          parts={{ value: format.number(enterprises, 0), unit: t('province.company') }}
          share={share(enterprises, overview.enterprises)}
          big
        />
        <Figure
          label={t('province.revenue')}
          parts={format.moneyParts(revenue)}
          share={share(revenue, overview.revenue)}
          big
        />
        <Figure
          label={t('province.employees')}
          parts={format.compactParts(employees)}
          share={share(employees, overview.employees)}
        />
        {!city && (
          <>
            <Figure
              label={t('province.validCode')}
              parts={{
                value: format.percent(
                  overview.enterprises === 0 ? null : overview.withValidCode / overview.enterprises,
                ),
                unit: '',
              }}
            />
            <Figure
              label={t('province.sources')}
              parts={{ value: format.number(overview.sources, 0), unit: '' }}
            />
            <Figure
              label={t('province.findings')}
              parts={{ value: format.number(overview.openFindings, 0), unit: '' }}
            />
          </>
        )}
      </dl>
    </section>
  );
}

type FigureProps = {
  label: string;
  parts: { value: string; unit: string };
  share?: string | null;
  big?: boolean;
};
function Figure({ label, parts, share, big = false }: FigureProps) {
  return (
    <div className={big ? 'big' : undefined}>
      <dt>{label}</dt>
      <dd>
        {parts.value}
        <small>{parts.unit}</small>
        {share && <em>{share}</em>}
      </dd>
    </div>
  );
}
