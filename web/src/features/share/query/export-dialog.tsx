import { DownloadOutlined } from '@ant-design/icons';
import {
  type Dataset,
  type DatasetExport,
  type DatasetExportStarted,
  EXPORT_FORMATS_OF_DATASETS,
  type Job,
  SHARE_EXPORT_ROWS_MAX,
  SHARE_SHEET_ROWS_MAX,
} from '@ronghe/contracts';
import { Button, Modal, Progress, Radio } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getFile } from '../../../lib/api.ts';
import { download } from '../../../lib/download.ts';
import { useGet, useSend } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { Refusal } from '../../fuse/refusal.tsx';
import { exportOf, type Question } from './draft.ts';

const LOOK_MS = 1_000;
type FormatName = (typeof EXPORT_FORMATS_OF_DATASETS)[number];
type ExportProps = { dataset: Dataset; question: Question };

/** Has a job write what the question reads into a file, and hands it over when it is ready. */
export function ExportButton(props: ExportProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon={<DownloadOutlined />} onClick={() => setOpen(true)}>
        {t('share.export.action')}
      </Button>
      {open && <ExportDialog {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

function ExportDialog({ dataset, question, onClose }: ExportProps & { onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [chosen, setChosen] = useState<FormatName>('csv');
  const start = useSend<DatasetExportStarted>(['/api/jobs']);
  const send = () =>
    start.mutate({
      method: 'POST',
      path: `/api/share/datasets/${dataset.id}/export`,
      body: exportOf(question, chosen),
    });
  return (
    <Modal
      open
      title={t('share.export.title')}
      okText={t(start.data ? 'share.export.again' : 'share.export.start')}
      confirmLoading={start.isPending}
      onOk={send}
      onCancel={onClose}
    >
      <div className="stack">
        <p className="faint">
          {t('share.export.lead', {
            max: format.compact(SHARE_EXPORT_ROWS_MAX),
            sheet: format.compact(SHARE_SHEET_ROWS_MAX),
          })}
        </p>
        {start.error && <Refusal error={start.error} />}
        <Radio.Group
          aria-label={t('share.export.format')}
          value={chosen}
          onChange={({ target }) => setChosen(target.value)}
          options={EXPORT_FORMATS_OF_DATASETS.map((value) => ({
            value,
            label: t(`share.export.formats.${value}`),
          }))}
        />
        {start.data && <Progressing key={start.data.id} started={start.data} dataset={dataset.id} />}
      </div>
    </Modal>
  );
}

function Progressing({ started, dataset }: { started: DatasetExportStarted; dataset: string }) {
  const { t } = useTranslation();
  const can = useCan();
  const format = useFormat();
  const [fetching, setFetching] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const made = useGet<DatasetExport>(
    `/api/share/exports/${started.id}`,
    {},
    { refreshMs: (known) => (known === undefined || known.state === 'waiting' ? LOOK_MS : false) },
  );
  const waits = made.data === undefined || made.data.state === 'waiting';
  const job = useGet<Job>(
    `/api/jobs/${started.job}`,
    {},
    { enabled: can('platform:job:read'), refreshMs: waits ? LOOK_MS : false },
  ).data;
  if (made.error) return <Refusal error={made.error} />;
  if (waits)
    return (
      <div role="status">
        {job?.message ?? t('share.export.waiting')}
        <Progress
          percent={Math.round((job?.progress ?? 0) * 100)}
          status="active"
          aria-label={t('share.export.waiting')}
        />
      </div>
    );
  if (made.data?.state === 'failed')
    return (
      <div role="alert" className="notice bad">
        {made.data.reason === 'EXPORT_STOPPED'
          ? t('share.export.stopped')
          : `${t('share.export.failed')} ${job?.error ?? ''}`}
      </div>
    );
  const name = `${dataset}.${made.data?.format ?? ''}`;
  const save = async () => {
    setFetching(true);
    setError(null);
    try {
      const file = await getFile(started.file);
      download(file.blob, file.name ?? name);
    } catch (refused) {
      setError(refused);
    } finally {
      setFetching(false);
    }
  };
  return (
    <div className="stack">
      <div role="status" className="notice good">
        {t('share.export.ready', {
          rows: format.number(made.data?.rows ?? 0, 0),
          size: format.bytes(made.data?.bytes),
        })}
      </div>
      {error !== null && <Refusal error={error} />}
      <div>
        <Button type="primary" icon={<DownloadOutlined />} loading={fetching} onClick={() => void save()}>
          {t('share.export.download', { name })}
        </Button>
      </div>
    </div>
  );
}
