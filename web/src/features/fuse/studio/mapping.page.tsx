import type {
  MappingSuggestion,
  MappingVersion,
  Source,
  TableProfile,
  TableProfileList,
} from '@ronghe/contracts';
import { Link, useParams } from '@tanstack/react-router';
import { Button, Input } from 'antd';
import { type RefObject, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState, Loading } from '../../../components/data-state.tsx';
import { Page } from '../../../components/page.tsx';
import { useAsked, useGet, useSend } from '../../../lib/query.ts';
import { useSearchState } from '../../../lib/search.ts';
import { useCan } from '../../../lib/session.ts';
import { Refusal } from '../refusal.tsx';
import { SOURCE_TOUCHES } from '../touches.ts';
import { useNotify } from '../use-notify.ts';
import { useStartRun } from '../use-start-run.ts';
import { SHOWN, type Shown, type StudioView } from './column-view.ts';
import { diffOf } from './diff.ts';
import { type Draft, fieldsOf, gapsOf } from './draft.ts';
import { LeaveGuard } from './leave-guard.tsx';
import { Studio } from './studio.tsx';
import { VersionsPanel } from './versions-panel.tsx';

export function MappingPage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false });
  const source = useGet<Source>(`/api/fuse/sources/${id}`);
  const versions = useGet<{ items: MappingVersion[] }>(`/api/fuse/sources/${id}/mappings`);
  const profiles = useGet<TableProfileList>(`/api/fuse/sources/${id}/profile`);
  const name = source.data?.name ?? '';
  return (
    <Page
      title={source.data ? t('studio.titleOf', { name }) : t('studio.title')}
      lead={t('studio.lead')}
      above={
        <Link to="/fuse/sources/$id" params={{ id: id ?? '' }}>
          {name || t('fuse.sources.title')}
        </Link>
      }
    >
      <DataState query={source} rows={8}>
        {(known) => (
          <DataState query={versions} rows={8}>
            {(list) => {
              const version = list.items.find((item) => item.version === known.mapping) ?? null;
              // The list may be a moment behind the source; a version without its tests must not be edited.
              if (version === null && versions.isFetching) return <Loading rows={8} />;
              return (
                // A restored or newly saved version is a new beginning.
                <Editor
                  key={known.mapping}
                  source={known}
                  version={version}
                  profile={profiles.data?.items[0]?.profile ?? null}
                />
              );
            }}
          </DataState>
        )}
      </DataState>
    </Page>
  );
}

type EditorProps = { source: Source; version: MappingVersion | null; profile: TableProfile | null };
function Editor({ source, version, profile }: EditorProps) {
  const can = useCan();
  const view = useAddressView();
  const saved = useMemo(() => contentOf(source, version), [source, version]);
  const [draft, setDraft] = useState<Draft>(saved);
  const leaving = useRef(false);
  const columns = useMemo(() => columnsOf(profile, saved), [profile, saved]);
  const suggestion = useAsked<MappingSuggestion>(
    '/api/fuse/mappings/suggest',
    ['suggest', source.id, profile?.columns.length ?? 0],
    profile,
    { enabled: profile !== null },
  );
  const mayChange = can('fuse:source:write');
  const changes = diffOf(saved, draft);
  return (
    <>
      {mayChange && (
        <SaveBar
          {...{ source, draft }}
          changes={changes.length}
          onReset={() => setDraft(saved)}
          leaving={leaving}
        />
      )}
      {changes.length > 0 && <LeaveGuard leaving={leaving} />}
      <Studio
        draft={draft}
        onChange={setDraft}
        columns={columns}
        profile={profile}
        suggestion={suggestion.data ?? null}
        from={{ kind: 'source', source: source.id }}
        target={source.target}
        view={view}
        readOnly={!mayChange}
        versions={<VersionsPanel source={source.id} newest={source.mapping} mayChange={mayChange} />}
      />
    </>
  );
}

type SaveBarProps = {
  source: Source;
  draft: Draft;
  changes: number;
  onReset: () => void;
  leaving: RefObject<boolean>;
};
function SaveBar({ source, draft, changes, onReset, leaving }: SaveBarProps) {
  const { t } = useTranslation();
  const can = useCan();
  const notify = useNotify();
  const startRun = useStartRun();
  const [note, setNote] = useState('');
  const save = useSend<MappingVersion>(SOURCE_TOUCHES);
  // Saving begins the page anew, so what follows must not hang on this piece of it.
  const submit = async (run: boolean) => {
    const { version } = await save.mutateAsync({
      method: 'POST',
      path: `/api/fuse/sources/${source.id}/mappings`,
      body: { ...draft, note, basedOn: source.mapping },
    });
    leaving.current = true;
    notify.done(t('studio.saved', { version }));
    setNote('');
    if (run) await startRun(source);
  };
  const attempt = (run: boolean) => void submit(run).catch(() => {});
  const blocked = changes === 0 || gapsOf(draft).length > 0;
  return (
    <>
      {save.error && <Refusal error={save.error} />}
      <div className="panel save-bar">
        <span role="status">
          {changes === 0
            ? t('studio.unchanged', { version: source.mapping })
            : t('studio.changes', { count: changes })}
        </span>
        <Input
          aria-label={t('studio.note')}
          placeholder={t('studio.note')}
          maxLength={500}
          value={note}
          onChange={({ target }) => setNote(target.value)}
        />
        <Button disabled={changes === 0} onClick={onReset}>
          {t('studio.reset')}
        </Button>
        <Button disabled={blocked} loading={save.isPending} onClick={() => attempt(false)}>
          {t('studio.save')}
        </Button>
        {can('fuse:run:write') && (
          <Button type="primary" disabled={blocked} loading={save.isPending} onClick={() => attempt(true)}>
            {t('studio.saveAndRun')}
          </Button>
        )}
      </div>
    </>
  );
}

function contentOf(source: Source, version: MappingVersion | null): Draft {
  const { rowKey, periodField, mappings } = version ?? source;
  return { rowKey, periodField, mappings, tests: version?.tests ?? [] };
}

/** Columns of the newest run; before the first run, those that the mapping asks. */
function columnsOf(profile: TableProfile | null, draft: Draft): string[] {
  if (profile) return profile.columns.map(({ name }) => name);
  const fields = [...draft.rowKey, draft.periodField ?? '', ...draft.mappings.map(({ from }) => from)];
  return [...new Set(fields.flatMap(fieldsOf))];
}

function useAddressView(): StudioView {
  const search = useSearchState();
  const show = SHOWN.find((known) => known === search.values.show) ?? 'all';
  return {
    search: search.values.search ?? '',
    show,
    set: (change: { search?: string; show?: Shown }) =>
      search.set({ ...change, ...(change.show === 'all' ? { show: null } : {}) }),
  };
}
