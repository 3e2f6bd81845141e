import { Button, Input, Modal, Select } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getFile } from '../../../lib/api.ts';
import { download } from '../../../lib/download.ts';
import { Refusal } from '../refusal.tsx';
import { momentOf } from './as-of-tab.tsx';

/** All enterprises as they were known at the end of a day, as a file. */
export function AsOfExport({ city }: { city: string | undefined }) {
  const { t } = useTranslation();
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const [day, setDay] = useState('');
  const [format, setFormat] = useState<'xlsx' | 'csv'>('xlsx');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const save = async () => {
    setBusy(true);
    setError(null);
    try {
      const file = await getFile('/api/fuse/enterprises/as-of/export', { at: momentOf(day), format, city });
      download(file.blob, `enterprises-${day}.${format}`);
      setOpen(false);
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t('golden.history.export')}</Button>
      <Modal
        open={isOpen}
        title={t('golden.history.export')}
        okText={t('golden.history.export')}
        okButtonProps={{ disabled: day === '' }}
        confirmLoading={busy}
        onOk={() => void save()}
        onCancel={() => setOpen(false)}
        destroyOnHidden
      >
        <div className="stack">
          <p className="faint">{t('golden.history.exportLead')}</p>
          {error !== null && <Refusal error={error} />}
          <div>
            <label htmlFor={`${id}-day`}>{t('golden.history.date')}</label>
            <Input id={`${id}-day`} type="date" value={day} onChange={({ target }) => setDay(target.value)} />
          </div>
          <div>
            <label htmlFor={`${id}-format`}>{t('golden.history.format')}</label>
            <Select
              id={`${id}-format`}
              value={format}
              style={{ width: '100%' }}
              options={[
                { value: 'xlsx', label: 'Excel' },
                { value: 'csv', label: 'CSV' },
              ]}
              onChange={setFormat}
            />
          </div>
        </div>
      </Modal>
    </>
  );
}
