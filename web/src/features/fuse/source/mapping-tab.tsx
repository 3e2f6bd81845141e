import type { Source } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { DataTable } from '../../../components/data-table.tsx';
import { Facts } from '../../../components/figures.tsx';
import { Panel } from '../../../components/page.tsx';
import { useCan } from '../../../lib/session.ts';
import { PagesFoot, usePages } from '../pages.tsx';
import { useUnits } from '../studio/use-units.ts';
import { VersionsPanel } from '../studio/versions-panel.tsx';
import { useTargets } from '../use-targets.ts';
import '../fuse.css';
import '../studio/studio.css';

const PAGE_ROWS = 50;

/** The mapping as it holds now, and the way to change it. */
export function MappingTab({ source }: { source: Source }) {
  const { t } = useTranslation();
  const can = useCan();
  const targets = useTargets();
  const pages = usePages(source.mappings, PAGE_ROWS);
  const transforms = new Map(targets.transforms.map(({ value, label }) => [value, label]));
  const units = new Map(useUnits().map(({ value, label }) => [value, label]));
  const mayChange = can('fuse:source:write');
  return (
    <div className="stack">
      <Panel
        title={t('source.mapping.title', { version: source.mapping })}
        actions={
          <Link to="/fuse/sources/$id/mapping" params={{ id: source.id }} className="link-button">
            {t(mayChange ? 'source.mapping.edit' : 'source.mapping.look')}
          </Link>
        }
      >
        <Facts
          items={[
            { label: t('studio.rowKey'), value: source.rowKey.join(' + ') },
            { label: t('studio.period'), value: source.periodField ?? '—' },
          ]}
        />
      </Panel>
      <div className="panel">
        <DataTable
          label={t('studio.mappings')}
          rows={pages.shown.map((mapping, at) => ({ ...mapping, at }))}
          rowKey={(row) => row.at}
          columns={[
            { key: 'from', title: t('studio.column'), minWidth: 160, render: (row) => row.from },
            { key: 'to', title: t('studio.target'), minWidth: 160, render: (row) => targets.name(row.to) },
            {
              key: 'transform',
              title: t('studio.transform'),
              render: (row) => transforms.get(row.transform) ?? row.transform,
            },
            {
              key: 'unit',
              title: t('studio.unit'),
              render: (row) => (row.unit === null ? '—' : (units.get(row.unit) ?? row.unit)),
            },
            {
              key: 'values',
              title: t('studio.values'),
              minWidth: 160,
              render: (row) =>
                Object.entries(row.values)
                  .map(([value, meaning]) => `${value} → ${meaning}`)
                  .join('、') || '—',
            },
          ]}
        />
        <PagesFoot pages={pages} label={t('studio.mappings')} />
      </div>
      <Panel title={t('studio.parts.versions')} flush>
        <VersionsPanel source={source.id} newest={source.mapping} mayChange={mayChange} />
      </Panel>
    </div>
  );
}
