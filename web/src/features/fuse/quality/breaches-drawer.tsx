import type { Page as PageOf, QualityBreach, RuleResult } from '@ronghe/contracts';
import { Button, Drawer } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { DataTable } from '../../../components/data-table.tsx';
import { useGet } from '../../../lib/query.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { useTargets } from '../use-targets.ts';

const ROWS = 50;
type BreachesDrawerProps = {
  source: string;
  /** of this run; of the newest that readers see when left out */
  run?: string;
  result: RuleResult | null;
  onClose: () => void;
};

/** Rows that broke a rule. */
export function BreachesDrawer({ source, run, result, onClose }: BreachesDrawerProps) {
  const pick = usePick();
  return (
    <Drawer
      open={result !== null}
      onClose={onClose}
      size={760}
      title={result ? pick(result.name) : ''}
      destroyOnHidden
    >
      {result && (
        <div className="stack">
          <p className="faint">{pick(result.remedy)}</p>
          <Breaches source={source} rule={result.rule} run={run} />
        </div>
      )}
    </Drawer>
  );
}

/** A page of them; the trail of cursors leads back. */
type BreachesProps = { source: string; rule: string; run?: string | undefined };
export function Breaches({ source, rule, run }: BreachesProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const targets = useTargets();
  const [trail, setTrail] = useState<(string | null)[]>([null]);
  const query = useGet<PageOf<QualityBreach>>(
    `/api/fuse/sources/${source}/breaches`,
    { rule, run, cursor: trail.at(-1), limit: ROWS },
    { keep: true },
  );
  return (
    <DataState
      query={query}
      isEmpty={(page) => page.items.length === 0}
      empty={{ title: t('board.breachesEmpty') }}
    >
      {(page) => (
        <>
          <DataTable
            label={t('board.breaches')}
            rows={page.items.map((item, index) => ({ ...item, index }))}
            rowKey={(row) => row.index}
            columns={[
              { key: 'row', title: t('fuse.finding.row'), render: (row) => <code>{row.rowKey}</code> },
              { key: 'period', title: t('studio.period'), nowrap: true, render: (row) => row.period ?? '—' },
              {
                key: 'field',
                title: t('fuse.finding.field'),
                render: (row) => (row.field === null ? '—' : targets.name(row.field)),
              },
              {
                key: 'value',
                title: t('fuse.finding.value'),
                render: (row) => <code>{row.value ?? '—'}</code>,
              },
              {
                key: 'expected',
                title: t('board.expected'),
                render: (row) => <code>{row.expected ?? '—'}</code>,
              },
            ]}
          />
          <div className="table-foot">
            <span>{t('table.total', { count: page.total, formatted: format.number(page.total) })}</span>
            <span className="row">
              <Button size="small" disabled={trail.length === 1} onClick={() => setTrail(trail.slice(0, -1))}>
                {t('table.previous')}
              </Button>
              <Button
                size="small"
                loading={query.isFetching}
                disabled={page.next === null}
                onClick={() => setTrail([...trail, page.next])}
              >
                {t('table.next')}
              </Button>
            </span>
          </div>
        </>
      )}
    </DataState>
  );
}
