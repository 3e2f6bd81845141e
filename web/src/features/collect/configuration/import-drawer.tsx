import { DownloadOutlined, InboxOutlined } from '@ant-design/icons';
import {
  POINT_IMPORT_BYTES_MAX,
  POINT_TABLE_PROTOCOLS,
  type PointImportPreview,
  type PointTableProtocol,
} from '@ronghe/contracts';
import { Alert, App, Button, Drawer, Select, Upload } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Failure, Loading } from '../../../components/data-state.tsx';
import { DataTable } from '../../../components/data-table.tsx';
import { Tag } from '../../../components/tags.tsx';
import { protocolTitle } from '../../../i18n/connectors/index.ts';
import { getFile } from '../../../lib/api.ts';
import { download } from '../../../lib/download.ts';
import { errorText } from '../../../lib/error-text.ts';
import { usePreferences } from '../../../lib/preferences.ts';
import { useUpload } from '../../../lib/query.ts';
import { countPoints, diffConfigurations } from './config-diff.ts';
import { DiffView } from './diff-view.tsx';
import { useEditor } from './editor-context.ts';
import { type ImportTarget, targetsOf, usualTarget, withImported } from './import-merge.ts';

const PREVIEW_PATH = '/api/collect/imports/preview';
const TEMPLATE_PATH = '/api/collect/imports/template';

/** Takes over a list of points from a file: what it is, what is wrong with it, where its points go, what that changes. */
export function ImportDrawer({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { connections, change, state } = useEditor();
  const upload = useUpload<PointImportPreview>(PREVIEW_PATH);
  const [file, setFile] = useState<File | null>(null);
  const [protocol, setProtocol] = useState<PointTableProtocol | undefined>(undefined);
  const [targets, setTargets] = useState<ReadonlyMap<number, ImportTarget>>(new Map());
  const preview = upload.data;
  const next = useMemo(
    () =>
      withImported(
        connections,
        (preview?.connections ?? []).map((connection, at) => ({
          connection,
          target: targets.get(at) ?? usualTarget(connection, connections),
        })),
      ),
    [connections, preview, targets],
  );
  const diff = useMemo(
    () => diffConfigurations(connections, next, state.protocols),
    [connections, next, state.protocols],
  );
  const send = (chosen: File | null, as: PointTableProtocol | undefined) => {
    setFile(chosen);
    setProtocol(as);
    setTargets(new Map());
    if (chosen) upload.mutate({ file: chosen, query: { protocol: as } });
  };
  const take = () => {
    change(next);
    void message.success(t('fleet.import.taken'));
    onClose();
  };
  return (
    <Drawer
      open
      onClose={onClose}
      size={860}
      title={t('fleet.import.title')}
      footer={
        <div className="row end">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="primary" disabled={diff.connections.length === 0} onClick={take}>
            {t('fleet.import.take')}
          </Button>
        </div>
      }
    >
      <div className="stack">
        <Choice file={file} protocol={protocol} onChoose={send} />
        {upload.isPending && <Loading rows={4} />}
        {upload.error && <Failure error={upload.error} />}
        {preview && !upload.isPending && (
          <>
            <div className="row">
              <Tag tone="info">{t(`fleet.import.formats.${preview.format}`)}</Tag>
              <span>
                {t('fleet.import.found', {
                  connections: preview.connections.length,
                  points: preview.points,
                })}
              </span>
            </div>
            <ImportIssues preview={preview} />
            <Targets preview={preview} targets={targets} onChange={setTargets} />
            <DiffView diff={diff} />
          </>
        )}
      </div>
    </Drawer>
  );
}

type ChoiceProps = {
  file: File | null;
  protocol: PointTableProtocol | undefined;
  onChoose: (file: File | null, protocol: PointTableProtocol | undefined) => void;
};
function Choice({ file, protocol, onChoose }: ChoiceProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { locale } = usePreferences();
  const template = async () => {
    const { blob, name } = await getFile(TEMPLATE_PATH, { protocol });
    download(blob, name ?? `points-${protocol ?? 'modbus'}.xlsx`);
  };
  return (
    <>
      <Upload.Dragger
        multiple={false}
        showUploadList={false}
        beforeUpload={(chosen) => {
          if (chosen.size > POINT_IMPORT_BYTES_MAX) void message.error(t('fleet.import.tooLarge'));
          else onChoose(chosen, protocol);
          // The portal sends it itself.
          return false;
        }}
      >
        <p className="ant-upload-drag-icon">
          <InboxOutlined aria-hidden />
        </p>
        <p>{file ? file.name : t('fleet.import.drop')}</p>
        <p className="faint">{t('fleet.import.kinds')}</p>
      </Upload.Dragger>
      <div className="row">
        <Select
          aria-label={t('fleet.import.protocol')}
          placeholder={t('fleet.import.protocolGuessed')}
          allowClear
          style={{ width: 240 }}
          value={protocol ?? null}
          options={POINT_TABLE_PROTOCOLS.map((each) => ({ value: each, label: protocolTitle(each, locale) }))}
          onChange={(next) => onChoose(file, next ?? undefined)}
        />
        <Button
          icon={<DownloadOutlined />}
          onClick={() =>
            void template().catch((error: unknown) => message.error(errorText(error, t).message))
          }
        >
          {t('fleet.import.template')}
        </Button>
      </div>
    </>
  );
}

function ImportIssues({ preview }: { preview: PointImportPreview }) {
  const { t } = useTranslation();
  const { issues, issuesTotal } = preview;
  if (issuesTotal === 0) return <Alert type="success" showIcon title={t('fleet.import.clean')} />;
  return (
    <details className="fold" open={issues.some(({ level }) => level === 'error')}>
      <summary>{t('fleet.import.issues', { count: issuesTotal })}</summary>
      <ul className="issues long">
        {issues.map((issue) => (
          <li key={`${issue.place} ${issue.message}`}>
            <Tag tone={issue.level === 'error' ? 'bad' : 'warn'} icon={null}>
              {t(`fleet.import.levels.${issue.level}`)}
            </Tag>
            <strong>{issue.place}</strong>
            <span>{issue.message}</span>
          </li>
        ))}
      </ul>
      {issuesTotal > issues.length && (
        <p className="faint">{t('fleet.import.moreIssues', { count: issuesTotal - issues.length })}</p>
      )}
    </details>
  );
}

type TargetsProps = {
  preview: PointImportPreview;
  targets: ReadonlyMap<number, ImportTarget>;
  onChange: (next: ReadonlyMap<number, ImportTarget>) => void;
};
const choiceOf = (target: ImportTarget): string =>
  target.kind === 'into' ? `into:${target.connection}` : target.kind;
const targetOf = (value: string): ImportTarget =>
  value === 'new' || value === 'skip'
    ? { kind: value }
    : { kind: 'into', connection: Number(value.slice('into:'.length)) };

/** Where the points of each connection of the file go. */
function Targets({ preview, targets, onChange }: TargetsProps) {
  const { t } = useTranslation();
  const { locale } = usePreferences();
  const { connections } = useEditor();
  const rows = preview.connections.map((connection, at) => ({ connection, at }));
  if (rows.length === 0) return null;
  return (
    <DataTable
      label={t('fleet.import.title')}
      rows={rows}
      rowKey={({ at }) => at}
      columns={[
        { key: 'name', title: t('fleet.editor.connection'), render: ({ connection }) => connection.name },
        {
          key: 'protocol',
          title: t('collect.collectors.protocol'),
          nowrap: true,
          render: ({ connection }) => protocolTitle(connection.protocol, locale),
        },
        {
          key: 'points',
          title: t('collect.collectors.points'),
          align: 'end',
          render: ({ connection }) => countPoints(connection.config),
        },
        {
          key: 'target',
          title: t('fleet.import.target'),
          minWidth: 220,
          render: ({ connection, at }) => (
            <Select
              aria-label={t('fleet.import.target')}
              style={{ width: '100%' }}
              value={choiceOf(targets.get(at) ?? usualTarget(connection, connections))}
              options={[
                { value: 'new', label: t('fleet.import.asNew') },
                ...targetsOf(connection, connections).map((each) => ({
                  value: `into:${each}`,
                  label: t('fleet.import.into', { name: connections[each]?.name ?? '' }),
                })),
                { value: 'skip', label: t('fleet.import.skip') },
              ]}
              onChange={(value: string) => onChange(new Map([...targets, [at, targetOf(value)]]))}
            />
          ),
        },
      ]}
    />
  );
}
