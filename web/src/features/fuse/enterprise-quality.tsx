import type { EnterpriseQuality, QualityRule } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Panel } from '../../components/page.tsx';
import { useGet } from '../../lib/query.ts';
import { usePick } from '../../lib/use-format.ts';
import { DimensionBars, Score } from './quality/scores.tsx';
import { useTargets } from './use-targets.ts';

type Known = EnterpriseQuality['items'][number];

/** How an enterprise fares in each source that knows it: scores of its own rows, and the rules they do not meet. */
export function EnterpriseQualityPanel({ enterprise }: { enterprise: string }) {
  const { t } = useTranslation();
  const query = useGet<EnterpriseQuality>(`/api/fuse/enterprises/${enterprise}/quality`);
  return (
    <section className="stack" aria-label={t('fuse.enterprise.bySource')}>
      <DataState query={query} rows={4} isEmpty={() => false}>
        {({ items }) => items.map((known) => <InSource key={known.source} known={known} />)}
      </DataState>
    </section>
  );
}

function InSource({ known }: { known: Known }) {
  const { t } = useTranslation();
  return (
    <Panel
      title={`${t('fuse.enterprise.bySource')} · ${known.sourceName}`}
      actions={
        <Link to="/fuse/sources/$id" params={{ id: known.source }} search={{ tab: 'quality' } as never}>
          {t('platform.home.all')}
        </Link>
      }
    >
      <div className="stack">
        <div className="score-card">
          <Score score={known.scores.total} large />
          <DimensionBars scores={known.scores} />
        </div>
        {known.breaches.length === 0 ? (
          <p className="faint">{t('fuse.enterprise.breachesNone')}</p>
        ) : (
          <Breaches known={known} />
        )}
      </div>
    </Panel>
  );
}

function Breaches({ known }: { known: Known }) {
  const { t } = useTranslation();
  const pick = usePick();
  const targets = useTargets();
  const rules = useGet<{ items: QualityRule[] }>('/api/fuse/quality/rules', { source: known.source });
  const names = new Map((rules.data?.items ?? []).map(({ id, name }) => [id, pick(name)]));
  return (
    <DataTable
      label={`${t('fuse.enterprise.breachRule')} · ${known.sourceName}`}
      rows={known.breaches.map((breach, at) => ({ ...breach, at }))}
      rowKey={(row) => row.at}
      columns={[
        {
          key: 'rule',
          title: t('fuse.enterprise.breachRule'),
          minWidth: 180,
          render: (row) => names.get(row.rule) ?? '—',
        },
        { key: 'row', title: t('fuse.finding.row'), render: (row) => <code>{row.rowKey}</code> },
        {
          key: 'field',
          title: t('fuse.finding.field'),
          render: (row) => (row.field === null ? '—' : targets.name(row.field)),
        },
        { key: 'value', title: t('fuse.finding.value'), render: (row) => row.value ?? '—' },
        { key: 'expected', title: t('fuse.enterprise.expected'), render: (row) => row.expected ?? '—' },
      ]}
    />
  );
}
