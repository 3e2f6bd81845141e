import type {
  Collector,
  Configuration,
  ConfigurationRestore,
  ConfigurationVersion,
  ProtocolSchema,
} from '@ronghe/contracts';
import { Alert, App, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { errorText } from '../../../lib/error-text.ts';
import { useSend } from '../../../lib/query.ts';
import { configurationPath } from './configuration-path.ts';
import { NoteField } from './note-field.tsx';
import { VersionDiff } from './version-compare.tsx';

type RestoreProps = {
  collector: Collector;
  version: ConfigurationVersion;
  newest: Configuration;
  protocols: Readonly<Record<string, ProtocolSchema>>;
  onClose: () => void;
};

/** Brings an older version back, as a new one on top; shows before what that changes. */
export function RestoreDialog({ collector, version, newest, protocols, onClose }: RestoreProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [note, setNote] = useState('');
  const restore = useSend<Configuration, ConfigurationRestore>(['/api/collect']);
  const submit = async () => {
    const made = await restore.mutateAsync({
      method: 'POST',
      path: `${configurationPath(collector.name)}/versions/${version.version}/restore`,
      body: { base: newest.version, note },
    });
    void message.success(t('fleet.save.saved', { version: made.version }));
    onClose();
  };
  const refusal = restore.error ? errorText(restore.error, t) : null;
  return (
    <Modal
      open
      width={860}
      title={t('fleet.versions.restoreTitle', { version: version.version })}
      okText={t('fleet.versions.restoreNow', { version: version.version })}
      confirmLoading={restore.isPending}
      onOk={() => void submit().catch(() => {})}
      onCancel={onClose}
    >
      <div className="stack">
        {refusal && (
          <Alert
            type="error"
            showIcon
            title={refusal.message}
            description={[refusal.hint, ...refusal.details].map((line) => <div key={line}>{line}</div>)}
          />
        )}
        <p className="faint">{t('fleet.versions.restoreText', { next: newest.version + 1 })}</p>
        <NoteField value={note} onChange={setNote} />
        <VersionDiff
          collector={collector.name}
          versions={[newest.version, version.version]}
          protocols={protocols}
        />
      </div>
    </Modal>
  );
}
