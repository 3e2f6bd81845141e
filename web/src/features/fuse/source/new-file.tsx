import type { RunStarted, Source, Upload } from '@ronghe/contracts';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../../components/page.tsx';
import { useSend } from '../../../lib/query.ts';
import { Refusal } from '../refusal.tsx';
import { DropZone } from '../wizard/drop-zone.tsx';
import { optionsOf } from './connection-values.ts';

/** A newer file for a source of uploads: handed over, read like the one before, run at once. */
export function NewFile({ source }: { source: Source }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>(null);
  const send = useSend<RunStarted>(['/api/fuse']);
  const take = async (upload: Upload) => {
    setError(null);
    try {
      const started = await send.mutateAsync({
        method: 'POST',
        path: `/api/fuse/sources/${source.id}/upload`,
        body: { upload: upload.id, options: optionsOf(source.connection.options) },
      });
      await navigate({ to: '/fuse/runs/$id', params: { id: started.run } });
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <Panel title={t('source.newFile')}>
      {error ? <Refusal error={error} /> : null}
      <DropZone onUploaded={(upload) => void take(upload)} busy={send.isPending} small />
    </Panel>
  );
}
