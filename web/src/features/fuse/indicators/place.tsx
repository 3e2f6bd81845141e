import type { IndicatorFigures } from '@ronghe/contracts';
import { Button, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSearchState } from '../../../lib/search.ts';
import { usePick } from '../../../lib/use-format.ts';
import { useNames } from './figure-text.ts';
import type { IndicatorView } from './use-indicator-view.ts';

/** Where the figures are from: regions as a way back up, and the park, which has no filter of its own. */
export function Place({ view, path }: { view: IndicatorView; path: IndicatorFigures['path'] }) {
  const { t } = useTranslation();
  const pick = usePick();
  const { cityName } = useNames();
  const { set } = useSearchState();
  const { park } = view.filter;
  return (
    <nav className="indicator-place" aria-label={t('indicators.place')}>
      <ol>
        {path.map(({ key, name }, index) => {
          const words = key === '' ? t('indicators.all') : cityName(key, pick(name));
          return (
            <li key={key} aria-current={index === path.length - 1 ? 'page' : undefined}>
              {index === path.length - 1 ? (
                <strong>{words}</strong>
              ) : (
                <Button
                  type="link"
                  size="small"
                  onClick={() => set({ region: key === '' ? null : key, by: null, compare: null })}
                >
                  {words}
                </Button>
              )}
            </li>
          );
        })}
      </ol>
      {park !== undefined && (
        <Tag
          closable={{ closeIcon: true, 'aria-label': t('indicators.removeFilter', { name: park }) }}
          onClose={() => set({ park: null, by: null })}
        >
          {park}
        </Tag>
      )}
    </nav>
  );
}
