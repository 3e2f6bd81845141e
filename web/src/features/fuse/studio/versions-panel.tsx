import type { MappingVersion } from '@ronghe/contracts';
import { Button, Popconfirm } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { DataTable } from '../../../components/data-table.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useGet, useSend } from '../../../lib/query.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { SOURCE_TOUCHES } from '../touches.ts';
import { useNotify } from '../use-notify.ts';
import { useTargets } from '../use-targets.ts';
import { type Change, diffOf } from './diff.ts';

type VersionsPanelProps = {
  source: string;
  newest: number;
  mayChange: boolean;
};

/** Versions of a mapping, what each changed against the one before it, and the way back to one. */
export function VersionsPanel({ source, newest, mayChange }: VersionsPanelProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const notify = useNotify();
  const path = `/api/fuse/sources/${source}/mappings`;
  const query = useGet<{ items: MappingVersion[] }>(path);
  const restore = useSend<MappingVersion>(SOURCE_TOUCHES);
  const [shown, setShown] = useState<number | null>(null);
  const bringBack = async (version: number) => {
    try {
      const made = await restore.mutateAsync({
        method: 'POST',
        path: `${path}/${version}/restore`,
        body: { basedOn: newest, note: '' },
      });
      notify.done(t('studio.versions.restored', { version, made: made.version }));
    } catch (error) {
      notify.failed(error);
    }
  };
  return (
    <DataState
      query={query}
      isEmpty={(list) => list.items.length === 0}
      empty={{ title: t('studio.versions.empty') }}
    >
      {(list) => (
        <>
          <DataTable
            label={t('studio.parts.versions')}
            rows={[...list.items].sort((a, b) => b.version - a.version)}
            rowKey={(row) => row.version}
            columns={[
              {
                key: 'version',
                title: t('studio.versions.version'),
                nowrap: true,
                render: (row) => (
                  <span className="row">
                    {row.version}
                    {row.version === newest && <Tag tone="good">{t('studio.versions.current')}</Tag>}
                  </span>
                ),
              },
              {
                key: 'note',
                title: t('studio.versions.note'),
                minWidth: 200,
                render: (row) =>
                  row.restores === null
                    ? row.note || '—'
                    : `${t('studio.versions.restores', { version: row.restores })} ${row.note}`,
              },
              {
                key: 'mappings',
                title: t('studio.mappings'),
                align: 'end',
                render: (row) => format.number(row.mappings.length, 0),
              },
              { key: 'by', title: t('studio.versions.madeBy'), nowrap: true, render: (row) => row.madeBy },
              {
                key: 'at',
                title: t('studio.versions.madeAt'),
                nowrap: true,
                render: (row) => format.dateTime(row.madeAt),
              },
              {
                key: 'actions',
                title: <span className="visually-hidden">{t('action.more')}</span>,
                align: 'end',
                nowrap: true,
                render: (row) => (
                  <span className="row">
                    <Button
                      size="small"
                      aria-expanded={shown === row.version}
                      aria-label={t('studio.versions.compareOf', { version: row.version })}
                      onClick={() => setShown(shown === row.version ? null : row.version)}
                    >
                      {t('studio.versions.compare')}
                    </Button>
                    {mayChange && row.version !== newest && (
                      <Popconfirm
                        title={t('studio.versions.restoreAsk', { version: row.version })}
                        onConfirm={() => void bringBack(row.version)}
                      >
                        <Button
                          size="small"
                          loading={restore.isPending}
                          aria-label={t('studio.versions.restoreOf', { version: row.version })}
                        >
                          {t('studio.versions.restore')}
                        </Button>
                      </Popconfirm>
                    )}
                  </span>
                ),
              },
            ]}
          />
          {shown !== null && <Compared items={list.items} version={shown} />}
        </>
      )}
    </DataState>
  );
}

const NOTHING = { rowKey: [], periodField: null, mappings: [], tests: [] };
function Compared({ items, version }: { items: readonly MappingVersion[]; version: number }) {
  const { t } = useTranslation();
  const after = items.find((item) => item.version === version);
  const before = items.filter((item) => item.version < version).sort((a, b) => b.version - a.version)[0];
  if (!after) return null;
  return (
    <section className="compared" aria-label={t('studio.versions.compareOf', { version })}>
      <h3>
        {before
          ? t('studio.versions.between', { before: before.version, after: version })
          : t('studio.versions.first')}
      </h3>
      <ChangeList changes={diffOf(before ?? NOTHING, after)} />
    </section>
  );
}

const TONES = { added: 'good', removed: 'bad', changed: 'warn' } as const;
const CHANGES_SHOWN = 50;

/** What is different, old beside new. */
export function ChangeList({ changes }: { changes: readonly Change[] }) {
  const { t } = useTranslation();
  const targets = useTargets();
  const nameOf = (what: string) =>
    what === 'rowKey'
      ? t('studio.rowKey')
      : what === 'periodField'
        ? t('studio.period')
        : what.startsWith('test ')
          ? `${t('studio.parts.tests')} ${what.slice(5)}`
          : targets.name(what);
  if (changes.length === 0) return <p className="faint">{t('studio.versions.same')}</p>;
  return (
    <ul className="change-list">
      {changes.slice(0, CHANGES_SHOWN).map((change) => (
        <li key={`${change.kind} ${change.what}`}>
          <Tag tone={TONES[change.kind]} icon={null}>
            {t(`studio.versions.${change.kind}`)}
          </Tag>
          <strong>{nameOf(change.what)}</strong>
          <span>
            {change.before !== null && <del>{change.before}</del>}
            {change.before !== null && change.after !== null && <span aria-hidden="true"> → </span>}
            {change.after !== null && <ins>{change.after}</ins>}
          </span>
        </li>
      ))}
      {changes.length > CHANGES_SHOWN && (
        <li className="faint">{t('studio.versions.more', { count: changes.length - CHANGES_SHOWN })}</li>
      )}
    </ul>
  );
}
