import { REVIEW_STATES, type ReviewState } from '@ronghe/contracts';
import { Button, Checkbox, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { FilterSelect } from '../../../components/filter-select.tsx';
import type { SearchState } from '../../../lib/search.ts';
import { usePick } from '../../../lib/use-format.ts';
import { useSourceNames } from './use-source-names.ts';

export const CLOSED_STATES = ['same', 'different', 'settled'] as const satisfies readonly ReviewState[];
export type ClosedState = (typeof CLOSED_STATES)[number];

/** What is left out of the list; each state is a list of its own. */
export function ReviewFilters({ search, state }: { search: SearchState; state: ReviewState }) {
  const { t } = useTranslation();
  const pick = usePick();
  const { source, enterprise, later } = search.values;
  return (
    <>
      {state !== 'open' && (
        <Select
          aria-label={t('matching.review.state')}
          value={state}
          options={CLOSED_STATES.map((value) => ({ value, label: pick(REVIEW_STATES[value]) }))}
          onChange={(next) => search.set({ state: next })}
          style={{ minWidth: 170 }}
          popupMatchSelectWidth={false}
        />
      )}
      <SourceFilter value={source} onChange={(next) => search.set({ source: next })} />
      {state === 'open' && (
        <Checkbox
          checked={later === 'true'}
          onChange={({ target }) => search.set({ later: target.checked ? 'true' : null })}
        >
          {t('matching.review.later')}
        </Checkbox>
      )}
      {enterprise && (
        <span className="row">
          {t('matching.review.ofEnterprise')}
          <Button size="small" type="link" onClick={() => search.set({ enterprise: null })}>
            {t('state.clearFilter')}
          </Button>
        </span>
      )}
    </>
  );
}

type SourceFilterProps = { value: string | undefined; onChange: (source: string | undefined) => void };
function SourceFilter({ value, onChange }: SourceFilterProps) {
  const { t } = useTranslation();
  const sources = useSourceNames();
  if (!sources.maySee) return null;
  return (
    <FilterSelect
      label={t('matching.review.source')}
      all={t('matching.review.allSources')}
      value={value}
      options={sources.options}
      onChange={onChange}
      width={200}
    />
  );
}
