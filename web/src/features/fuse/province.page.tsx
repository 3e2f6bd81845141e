import type { FuseOverview, Me } from '@ronghe/contracts';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { useDictionaries } from '../../lib/dictionaries.ts';
import { useOrganisations } from '../../lib/organisations.ts';
import { useGet } from '../../lib/query.ts';
import { useSearchState } from '../../lib/search.ts';
import { useCan, useMe } from '../../lib/session.ts';
import { Forbidden } from '../platform/lost.tsx';
import { MEASURES, type Measure } from './measure.ts';
import { CityPanel } from './province-city.tsx';
import { KeyFigures } from './province-figures.tsx';
import { ProvinceHead } from './province-head.tsx';
import { Industries, Ranking, Sizes } from './province-lists.tsx';
import { LivePanel } from './province-live.tsx';
import { ProvinceMap } from './province-map.tsx';
import './province.css';

const REFRESH_MS = 15_000;

/** The province on a wall: always dark, figures, map and what arrives right now. */
export function ProvincePage() {
  const { t } = useTranslation();
  const can = useCan();
  const me = useMe();
  const name = usePlaceName(me);
  const title = t('province.title', { name });
  const query = useGet<FuseOverview>('/api/fuse/overview', {}, { refreshMs: REFRESH_MS });
  useEffect(() => {
    document.title = `${title} · ${t('product')}`;
  }, [title, t]);
  if (!can('fuse:enterprise:read')) return <Forbidden permission="fuse:enterprise:read" />;
  return (
    <div className="wall" data-theme="dark">
      <div className="wall-stage">
        <ProvinceHead title={title} overview={query.data} failed={query.isError} />
        {query.data ? (
          <Stage overview={query.data} name={name} />
        ) : (
          <main className="wall-wait" id="main">
            <DataState query={query}>{() => null}</DataState>
          </main>
        )}
      </div>
    </div>
  );
}

/** What the screen is of; in English where the place has an English name. */
function usePlaceName(me: Me | null): string {
  const organisations = useOrganisations();
  const dictionaries = useDictionaries();
  if (!me) return '';
  const division = organisations.find(me.organisation)?.division;
  return division ? dictionaries.cityName(division, me.organisationName) : me.organisationName;
}

function Stage({ overview, name }: { overview: FuseOverview; name: string }) {
  const search = useSearchState();
  const dictionaries = useDictionaries();
  const measure = MEASURES.find((candidate) => candidate === search.values.measure) ?? 'enterprises';
  const city = overview.cities.find((candidate) => candidate.code === search.values.city) ?? null;
  const setCity = (code: string | null) => search.set({ city: code });
  const setMeasure = (next: Measure) => search.set({ measure: next === 'enterprises' ? null : next });
  const cityName = city ? dictionaries.cityName(city.code, city.name) : '';
  return (
    <main className="wall-grid" id="main">
      <div className="wall-column">
        <KeyFigures overview={overview} city={city} cityName={cityName} />
        <LivePanel />
      </div>
      <ProvinceMap
        overview={overview}
        measure={measure}
        city={city?.code ?? null}
        name={name}
        onMeasure={setMeasure}
        onCity={setCity}
      />
      <div className="wall-column">
        {city ? (
          <CityPanel code={city.code} name={cityName} onBack={() => setCity(null)} back={name} />
        ) : (
          <>
            <Industries overview={overview} />
            <Sizes overview={overview} />
            <Ranking overview={overview} measure={measure} onCity={setCity} />
          </>
        )}
      </div>
    </main>
  );
}
