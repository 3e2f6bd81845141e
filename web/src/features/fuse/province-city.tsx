import { ArrowLeftOutlined } from '@ant-design/icons';
import type { EnterpriseSummary, Page as PageOf } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { useGet } from '../../lib/query.ts';
import { useFormat } from '../../lib/use-format.ts';

const ROWS = 500;
const SHOWN_MAX = 14;
type CityPanelProps = { code: string; name: string; back: string; onBack: () => void };

/** A city from close by: its largest enterprises, each a way onward. */
export function CityPanel({ code, name, back, onBack }: CityPanelProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useGet<PageOf<EnterpriseSummary>>('/api/fuse/enterprises', { city: code, limit: ROWS });
  return (
    <section className="wall-card grow" aria-labelledby="wall-city">
      <h2 id="wall-city">{t('province.topEnterprises', { city: name })}</h2>
      <button type="button" className="wall-button wall-back" onClick={onBack}>
        <ArrowLeftOutlined aria-hidden /> {t('province.backTo', { name: back })}
      </button>
      <DataState
        query={query}
        isEmpty={(page) => page.items.length === 0}
        empty={{ title: t('province.noData') }}
      >
        {(page) => (
          <ol className="wall-ranking">
            {largest(page.items).map((enterprise, index) => (
              <li key={enterprise.id}>
                <Link to="/fuse/enterprises/$id" params={{ id: enterprise.id }}>
                  <span className="wall-rank">{index + 1}</span>
                  <span className="wall-bar-name">{enterprise.name}</span>
                  <span className="wall-bar-value">{format.money(enterprise.revenue)}</span>
                </Link>
              </li>
            ))}
          </ol>
        )}
      </DataState>
      <Link to="/fuse/enterprises" search={{ city: code }} className="wall-more">
        {t('province.openList')}
      </Link>
    </section>
  );
}

const largest = (items: readonly EnterpriseSummary[]) =>
  [...items].sort((left, right) => (right.revenue ?? -1) - (left.revenue ?? -1)).slice(0, SHOWN_MAX);
