import { ClockCircleOutlined, PlayCircleOutlined } from '@ant-design/icons';
import type { Job, JobKind } from '@ronghe/contracts';
import { Alert, App, Button, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataTable } from '../../components/data-table.tsx';
import { errorText } from '../../lib/error-text.ts';
import { useGet, useSend } from '../../lib/query.ts';
import { useFormat, usePick } from '../../lib/use-format.ts';

/** Kinds of jobs that the platform knows. */
export const useJobKinds = (): readonly JobKind[] =>
  useGet<{ items: JobKind[] }>('/api/jobs/kinds').data?.items ?? [];

/** Starts a job that needs no parameters, and shows what runs by the clock. */
export function StartJob() {
  const { t } = useTranslation();
  const [open, setOpen] = useState<'start' | 'schedules' | null>(null);
  return (
    <>
      <Button icon={<ClockCircleOutlined />} onClick={() => setOpen('schedules')}>
        {t('platform.jobs.schedules')}
      </Button>
      <Button type="primary" icon={<PlayCircleOutlined />} onClick={() => setOpen('start')}>
        {t('platform.jobs.start')}
      </Button>
      <StartDialog open={open === 'start'} onClose={() => setOpen(null)} />
      <Modal
        open={open === 'schedules'}
        title={t('platform.jobs.schedules')}
        footer={null}
        onCancel={() => setOpen(null)}
        width={720}
        destroyOnHidden
      >
        <Schedules />
      </Modal>
    </>
  );
}

function StartDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const pick = usePick();
  const { message } = App.useApp();
  const kinds = useJobKinds().filter((kind) => kind.onDemand);
  const [kind, setKind] = useState<string | null>(null);
  const start = useSend<Job>(['/api/jobs']);
  const submit = async () => {
    if (kind === null) return;
    await start.mutateAsync({ method: 'POST', path: '/api/jobs', body: { kind } });
    void message.success(t('platform.jobs.started'));
    onClose();
  };
  const refusal = start.error ? errorText(start.error, t) : null;
  return (
    <Modal
      open={open}
      title={t('platform.jobs.start')}
      okText={t('platform.jobs.start')}
      okButtonProps={{ disabled: kind === null }}
      confirmLoading={start.isPending}
      onOk={() => void submit().catch(() => {})}
      onCancel={onClose}
      destroyOnHidden
    >
      <div className="stack">
        {refusal && <Alert type="error" showIcon title={refusal.message} description={refusal.hint} />}
        <Select
          aria-label={t('platform.jobs.startLabel')}
          placeholder={t('platform.jobs.startLabel')}
          value={kind}
          onChange={setKind}
          options={kinds.map((item) => ({ value: item.kind, label: pick(item.title) }))}
          style={{ width: '100%' }}
        />
      </div>
    </Modal>
  );
}

function Schedules() {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  return (
    <DataTable
      label={t('platform.jobs.schedules')}
      rows={useJobKinds()}
      rowKey={(row) => row.kind}
      columns={[
        { key: 'title', title: t('platform.jobs.name'), render: (row) => pick(row.title) },
        {
          key: 'schedule',
          title: t('platform.jobs.schedule'),
          nowrap: true,
          render: (row) => (row.schedule ? <code>{row.schedule}</code> : '—'),
        },
        {
          key: 'next',
          title: t('platform.jobs.nextAt'),
          nowrap: true,
          render: (row) => format.dateTime(row.nextAt),
        },
        {
          key: 'onDemand',
          title: t('platform.jobs.onDemand'),
          render: (row) => (row.onDemand ? t('action.yes') : t('action.no')),
        },
      ]}
    />
  );
}
