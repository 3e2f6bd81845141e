import type { FuseOverview } from '@ronghe/contracts';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { ChartCanvas } from '../../components/chart.tsx';
import { useDictionaries } from '../../lib/dictionaries.ts';
import { addMap, CHART_FONT, type EChartsOption } from '../../lib/echarts.ts';
import { MEASURES, type Measure, useMeasureText } from './measure.ts';

const MAP_NAME = 'jiangxi';
const MAP_PATH = '/map/jiangxi.json';
/** Label points of our own where the map file's sit off centre, by division code. */
const LABEL_POINTS: Readonly<Record<string, readonly [number, number]>> = { '360900': [114.78, 28.42] };
/** Low to high: dark enough to stay calm, light enough to tell apart without colour vision. */
const RAMP = ['#12305c', '#1a4483', '#245cae', '#3377d0', '#5697ec'];
const CITY_ZOOM = 2.4;

type MapFile = { features: { id: string; properties: { cp: [number, number] } }[] };
type ProvinceMapProps = {
  overview: FuseOverview;
  measure: Measure;
  city: string | null;
  name: string;
  onMeasure: (measure: Measure) => void;
  onCity: (code: string | null) => void;
};

/** The map of cities, coloured by a measure. A click drills to a city, a second one goes back. */
export function ProvinceMap({ overview, measure, city, name, onMeasure, onCity }: ProvinceMapProps) {
  const { t } = useTranslation();
  const map = useMap();
  const option = useMapOption({ overview, measure, city, map: map.data });
  const byName = (label: string) =>
    overview.cities.find((candidate) => candidate.name === label)?.code ?? null;
  const onClick = (event: { name: string }) => {
    const code = byName(event.name);
    onCity(code === city ? null : code);
  };
  return (
    <section
      className="wall-map"
      aria-label={t('province.mapLabel', { province: name, measure: t(`province.measures.${measure}`) })}
    >
      <div className="wall-switch" role="radiogroup" aria-label={t('province.measure')}>
        {MEASURES.map((candidate) => (
          <label key={candidate} className={candidate === measure ? 'on' : undefined}>
            <input
              type="radio"
              name="measure"
              checked={candidate === measure}
              onChange={() => onMeasure(candidate)}
            />
            {t(`province.measures.${candidate}`)}
          </label>
        ))}
      </div>
      {map.error ? <p className="wall-note center">{t('province.mapFailed')}</p> : null}
      {map.data && (
        <div className="wall-map-canvas">
          <ChartCanvas
            option={option}
            height="100%"
            label={t('province.mapLabel', { province: name, measure: t(`province.measures.${measure}`) })}
            onClick={onClick}
          />
        </div>
      )}
      <Scale overview={overview} measure={measure} />
      <p className="wall-note">{t('province.mapNote')}</p>
    </section>
  );
}

/** The borders, fetched once; ECharts decodes them when they are registered. */
function useMap() {
  return useQuery({
    queryKey: [MAP_PATH],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const response = await fetch(MAP_PATH, { signal });
      if (!response.ok) throw new Error(`${MAP_PATH} ${response.status}`);
      const file = (await response.json()) as MapFile;
      const centres: Record<string, [number, number]> = {};
      for (const feature of file.features) {
        const own = LABEL_POINTS[feature.id];
        if (own) feature.properties.cp = [own[0], own[1]];
        centres[feature.id] = feature.properties.cp;
      }
      addMap(MAP_NAME, file as never);
      return centres;
    },
  });
}

type MapOptionInput = {
  overview: FuseOverview;
  measure: Measure;
  city: string | null;
  map: Record<string, [number, number]> | undefined;
};
function useMapOption({ overview, measure, city, map }: MapOptionInput): EChartsOption {
  const dictionaries = useDictionaries();
  const valueText = useMeasureText(measure);
  const { cityName } = dictionaries;
  // The text maker changes with every drawing; measure, language and figures say all that matters.
  const names = overview.cities
    .map((item) => `${cityName(item.code, item.name)}|${valueText(item[measure])}`)
    .join('\n');
  return useMemo<EChartsOption>(() => {
    const texts = new Map(
      overview.cities.map((item, index) => [item.name, names.split('\n')[index]?.split('|') ?? []]),
    );
    const { least, most } = rangeOf(overview, measure);
    const centre = city === null ? undefined : map?.[city];
    return {
      aria: { enabled: true },
      textStyle: { fontFamily: CHART_FONT },
      animationDurationUpdate: 400,
      tooltip: {
        trigger: 'item',
        backgroundColor: '#0c1a30',
        borderColor: '#355a92',
        textStyle: { color: '#eaf1fc' },
        formatter: (item) => {
          const [title = '', value = ''] = texts.get((item as { name: string }).name) ?? [];
          return `${title}<br/><b>${value}</b>`;
        },
      },
      visualMap: { show: false, min: least, max: most, inRange: { color: RAMP } },
      series: [
        {
          type: 'map',
          map: MAP_NAME,
          roam: false,
          aspectScale: 0.88,
          layoutCenter: ['50%', '50%'],
          layoutSize: '100%',
          selectedMode: false,
          ...(centre ? { center: centre, zoom: CITY_ZOOM } : {}),
          label: {
            show: true,
            color: '#f3f7ff',
            fontSize: 15,
            lineHeight: 20,
            rich: {
              value: {
                fontSize: 14,
                fontWeight: 700,
                lineHeight: 18,
                color: '#ffdcb8',
                textBorderColor: 'rgba(8, 20, 40, 0.85)',
                textBorderWidth: 3,
              },
            },
            textBorderColor: 'rgba(8, 20, 40, 0.75)',
            textBorderWidth: 3,
            formatter: (item) => {
              const [title = item.name, value = ''] = texts.get(item.name) ?? [];
              return value === '' ? title : `${title}\n{value|${value}}`;
            },
          },
          itemStyle: {
            borderColor: '#8db4ef',
            borderWidth: 0.8,
            shadowColor: 'rgba(64, 128, 230, 0.28)',
            shadowBlur: 18,
          },
          emphasis: {
            label: { color: '#ffffff' },
            itemStyle: { areaColor: '#c0702e', borderColor: '#ffd9b0', borderWidth: 1.4 },
          },
          data: overview.cities.map((item) => ({
            name: item.name,
            value: item[measure],
            ...(city === null || item.code === city
              ? {}
              : {
                  itemStyle: { opacity: 0.35 },
                  label: { color: '#8fa3c0', rich: { value: { color: '#a58f78' } } },
                }),
          })),
        },
      ],
    };
  }, [overview, measure, city, map, names]);
}

/** Least and most of a measure; one value alone still gets a range. */
function rangeOf(overview: FuseOverview, measure: Measure): { least: number; most: number } {
  const values = overview.cities.map((item) => item[measure]);
  const most = Math.max(1, ...values);
  const least = Math.min(most, ...values);
  return { least: least === most ? 0 : least, most };
}

/** What the colours mean, from the least to the most. */
function Scale({ overview, measure }: { overview: FuseOverview; measure: Measure }) {
  const valueText = useMeasureText(measure);
  const { least, most } = rangeOf(overview, measure);
  return (
    <div className="wall-scale">
      <span>{valueText(least)}</span>
      <i style={{ background: `linear-gradient(90deg, ${RAMP.join(', ')})` }} aria-hidden="true" />
      <span>{valueText(most)}</span>
    </div>
  );
}
