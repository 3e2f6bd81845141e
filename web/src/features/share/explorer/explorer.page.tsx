import type { Permission } from '@ronghe/contracts';
import { Segmented } from 'antd';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { Page, Panel } from '../../../components/page.tsx';
import { SearchInput } from '../../../components/search-input.tsx';
import { useGet } from '../../../lib/query.ts';
import { useSearchState } from '../../../lib/search.ts';
import { useCan } from '../../../lib/session.ts';
import { MethodMark } from './method-mark.tsx';
import { type OpenApi, type Operation, operationsOf } from './openapi.ts';
import { OperationForm } from './operation-form.tsx';
import './explorer.css';

/** Operations that are listed at once; the search finds the rest. */
const LISTED_MAX = 60;

const SIDES = ['mine', 'all'] as const;
/** Data by the names of the reader's own datasets and columns, or every operation of the platform. */
const DOCUMENTS = { mine: '/api/share/openapi.json', all: '/openapi.json' } as const;

/** Tries the platform's own API, as whoever is signed in. */
export function ExplorerPage() {
  const { t } = useTranslation();
  const can = useCan();
  const search = useSearchState();
  const of = SIDES.find((side) => side === search.values.of) ?? 'mine';
  const query = useGet<OpenApi>(DOCUMENTS[of]);
  return (
    <Page
      title={t('explorer.title')}
      lead={t('explorer.lead')}
      actions={
        <>
          <Segmented
            aria-label={t('explorer.of')}
            value={of}
            onChange={(next) => search.set({ of: next, operation: null })}
            options={SIDES.map((value) => ({ value, label: t(`explorer.sides.${value}`) }))}
          />
          <a href={DOCUMENTS.mine} download="ronghe-share.openapi.json">
            {t('explorer.download')}
          </a>
          <a href="/docs">{t('explorer.docs')}</a>
        </>
      }
    >
      <DataState query={query} rows={12}>
        {(document) => (
          <Explorer
            document={document}
            operations={operationsOf(document, (permission) => can(permission as Permission))}
          />
        )}
      </DataState>
    </Page>
  );
}

type ExplorerProps = { document: OpenApi; operations: readonly Operation[] };
function Explorer({ document, operations }: ExplorerProps) {
  const { t } = useTranslation();
  const search = useSearchState();
  const chosen = operations.find(({ id }) => id === search.values.operation);
  return (
    <div className="explorer">
      <OperationList
        operations={operations}
        chosen={chosen}
        wanted={search.values.search ?? ''}
        onSearch={(text) => search.set({ search: text })}
        onChoose={(operation) => search.set({ operation })}
      />
      {chosen ? (
        <OperationForm key={chosen.id} operation={chosen} document={document} />
      ) : (
        <div className="panel empty">
          <strong>{t('explorer.choose')}</strong>
          <span>{t('explorer.chooseHint')}</span>
        </div>
      )}
    </div>
  );
}

type ListProps = {
  operations: readonly Operation[];
  chosen: Operation | undefined;
  wanted: string;
  onSearch: (text: string) => void;
  onChoose: (id: string) => void;
};
function OperationList({ operations, chosen, wanted, onSearch, onChoose }: ListProps) {
  const { t } = useTranslation();
  const words = wanted.toLowerCase().split(/\s+/);
  const found = operations
    .filter(({ id, summary, tag, permission }) => {
      const text = `${id} ${summary} ${tag} ${permission ?? ''}`.toLowerCase();
      return words.every((word) => text.includes(word));
    })
    // What this room is about comes first.
    .sort((a, b) => Number(b.tag === 'share') - Number(a.tag === 'share'));
  return (
    <Panel title={t('explorer.operations')} flush>
      <div className="toolbar">
        <SearchInput label={t('explorer.search')} value={wanted} onChange={onSearch} />
      </div>
      {found.length === 0 && <div className="empty">{t('explorer.none')}</div>}
      <ul className="operations" aria-label={t('explorer.operations')}>
        {found.slice(0, LISTED_MAX).map((operation) => (
          <li key={operation.id}>
            <button
              type="button"
              className="plain operation"
              aria-current={operation.id === chosen?.id ? 'true' : undefined}
              onClick={() => onChoose(operation.id)}
            >
              <span className="row">
                <MethodMark method={operation.method} /> <code>{operation.path}</code>
              </span>
              <span className="faint">{operation.summary}</span>
            </button>
          </li>
        ))}
      </ul>
      {found.length > LISTED_MAX && (
        <div className="table-foot">{t('explorer.more', { count: found.length - LISTED_MAX })}</div>
      )}
    </Panel>
  );
}
