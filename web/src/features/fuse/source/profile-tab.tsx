import type { Source, TableProfileList } from '@ronghe/contracts';
import { Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { useGet } from '../../../lib/query.ts';
import { useSearchState } from '../../../lib/search.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { ProfileTable } from './profile-table.tsx';

/** What the columns of a source hold, as of its newest run or an older one. */
export function ProfileTab({ source }: { source: Source }) {
  const { t } = useTranslation();
  const format = useFormat();
  const search = useSearchState();
  const query = useGet<TableProfileList>(`/api/fuse/sources/${source.id}/profile`);
  return (
    <DataState
      query={query}
      isEmpty={(list) => list.items.length === 0}
      empty={{ title: t('source.profile.empty'), text: t('source.profile.emptyHint') }}
    >
      {(list) => {
        const shown = list.items.find(({ run }) => run === search.values.run) ?? list.items[0];
        if (!shown) return null;
        return (
          <div className="stack">
            <div className="row">
              <span>{t('source.profile.of')}</span>
              <Select
                aria-label={t('source.profile.of')}
                value={shown.run}
                options={list.items.map(({ run, at }) => ({ value: run, label: format.dateTime(at) }))}
                onChange={(run) => search.set({ run })}
                style={{ width: 200 }}
              />
            </div>
            <ProfileTable key={shown.run} profile={shown.profile} />
          </div>
        );
      }}
    </DataState>
  );
}
