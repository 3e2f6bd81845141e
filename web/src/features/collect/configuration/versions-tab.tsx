import type {
  Collector,
  Configuration,
  ConfigurationState,
  ConfigurationVersion,
  Page as PageOf,
} from '@ronghe/contracts';
import { Button, Checkbox } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { type Column, DataTable, Pager } from '../../../components/data-table.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useGet } from '../../../lib/query.ts';
import { useSearchState } from '../../../lib/search.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { configurationPath } from './configuration-path.ts';
import { useConfiguration } from './configuration-tab.tsx';
import { RestoreDialog } from './restore-dialog.tsx';
import { VersionCompare } from './version-compare.tsx';

const ROWS = 30;
const REFRESH_MS = 10_000;

/** Every version that was saved: who, when, why, how much; two can be compared, an older one brought back. */
export function VersionsTab({ collector }: { collector: Collector }) {
  const { t } = useTranslation();
  const can = useCan();
  const search = useSearchState();
  const [chosen, setChosen] = useState<readonly number[]>([]);
  const [restored, setRestored] = useState<ConfigurationVersion | null>(null);
  const [compared, setCompared] = useState<readonly [number, number] | null>(null);
  const state = useConfiguration(collector.name);
  const query = useGet<PageOf<ConfigurationVersion>>(
    `${configurationPath(collector.name)}/versions`,
    { cursor: search.values.cursor, limit: ROWS },
    { keep: true, refreshMs: REFRESH_MS },
  );
  const newest = state.data?.newest ?? null;
  const columns = useColumns({
    collector,
    newest,
    chosen,
    onChoose: setChosen,
    onRestore: can('collect:collector:write') ? setRestored : null,
    onCompare: setCompared,
  });
  const [one, other] = [...chosen].sort((a, b) => a - b);
  return (
    <div className="panel">
      <div className="toolbar">
        <span className="faint">{t('fleet.versions.hint')}</span>
        <div className="toolbar-end">
          <Button
            disabled={one === undefined || other === undefined}
            onClick={() => one !== undefined && other !== undefined && setCompared([one, other])}
          >
            {t('fleet.versions.compareTwo')}
          </Button>
        </div>
      </div>
      <DataState
        query={query}
        isEmpty={(page) => page.items.length === 0}
        empty={{ title: t('fleet.versions.none'), text: t('fleet.versions.noneHint') }}
      >
        {(page) => (
          <>
            <DataTable
              label={t('fleet.tabs.versions')}
              rows={page.items}
              rowKey={({ version }) => version}
              columns={columns}
            />
            <Pager page={page} search={search} busy={query.isFetching} />
          </>
        )}
      </DataState>
      {compared && (
        <VersionCompare
          collector={collector.name}
          versions={compared}
          protocols={state.data?.protocols ?? {}}
          onClose={() => setCompared(null)}
        />
      )}
      {restored && newest && (
        <RestoreDialog
          collector={collector}
          version={restored}
          newest={newest}
          protocols={(state.data as ConfigurationState).protocols}
          onClose={() => setRestored(null)}
        />
      )}
    </div>
  );
}

type ColumnsInput = {
  collector: Collector;
  newest: Configuration | null;
  chosen: readonly number[];
  onChoose: (next: readonly number[]) => void;
  onRestore: ((version: ConfigurationVersion) => void) | null;
  onCompare: (versions: readonly [number, number]) => void;
};
function useColumns(input: ColumnsInput): Column<ConfigurationVersion>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const { collector, newest, chosen, onChoose, onRestore, onCompare } = input;
  const applied = collector.report?.configuration;
  const toggle = (version: number, on: boolean) =>
    // Two are compared: the one that was chosen first makes room for a third.
    onChoose(on ? [...chosen, version].slice(-2) : chosen.filter((each) => each !== version));
  return [
    {
      key: 'version',
      title: t('fleet.versions.version'),
      nowrap: true,
      render: ({ version }) => (
        <Checkbox
          checked={chosen.includes(version)}
          aria-label={t('fleet.versions.choose', { version })}
          onChange={(event) => toggle(version, event.target.checked)}
        >
          <strong>{version}</strong>
        </Checkbox>
      ),
    },
    {
      key: 'state',
      title: t('collect.collectors.state'),
      nowrap: true,
      render: ({ version }) => {
        if (applied?.version === version) return <Tag tone="good">{t('fleet.versions.applied')}</Tag>;
        if (applied?.refused?.version === version) return <Tag tone="bad">{t('fleet.versions.refused')}</Tag>;
        if (newest?.version === version) return <Tag tone="warn">{t('fleet.versions.waiting')}</Tag>;
        return <span className="faint">—</span>;
      },
    },
    {
      key: 'made',
      title: t('fleet.versions.made'),
      nowrap: true,
      render: ({ madeBy, madeAt }) => (
        <>
          {madeBy}
          <div className="faint">{format.dateTime(madeAt)}</div>
        </>
      ),
    },
    {
      key: 'note',
      title: t('fleet.versions.note'),
      minWidth: 180,
      render: ({ note, restores }) => (
        <>
          {note}
          {restores !== null && (
            <div className="faint">{t('fleet.versions.restores', { version: restores })}</div>
          )}
          {note === '' && restores === null && <span className="faint">—</span>}
        </>
      ),
    },
    {
      key: 'connections',
      title: t('collect.collectors.connections'),
      align: 'end',
      render: ({ connections }) => format.number(connections, 0),
    },
    {
      key: 'points',
      title: t('collect.collectors.points'),
      align: 'end',
      render: ({ points }) => format.number(points, 0),
    },
    {
      key: 'actions',
      title: <span className="visually-hidden">{t('action.more')}</span>,
      align: 'end',
      nowrap: true,
      render: (row) => (
        <span className="row nowrap-row end">
          {row.version > 1 && (
            <Button size="small" type="link" onClick={() => onCompare([row.version - 1, row.version])}>
              {t('fleet.versions.changes')}
            </Button>
          )}
          {onRestore && newest && newest.version !== row.version && (
            <Button size="small" type="link" onClick={() => onRestore(row)}>
              {t('fleet.versions.restore')}
            </Button>
          )}
        </span>
      ),
    },
  ];
}
