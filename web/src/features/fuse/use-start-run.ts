import type { RunOrigin, RunStarted } from '@ronghe/contracts';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSend } from '../../lib/query.ts';
import { SOURCE_TOUCHES } from './touches.ts';
import { useNotify } from './use-notify.ts';

/** Starts a run and goes to it; says plainly when one is running already. */
export function useStartRun(): (source: { id: string }, from?: RunOrigin) => Promise<void> {
  const { t } = useTranslation();
  const notify = useNotify();
  const navigate = useNavigate();
  const start = useSend<RunStarted>(SOURCE_TOUCHES);
  return async (source, from) => {
    try {
      const started = await start.mutateAsync({
        method: 'POST',
        path: `/api/fuse/sources/${source.id}/runs`,
        ...(from === undefined ? {} : { body: { from } }),
      });
      notify.done(t('fuse.sources.runStarted'));
      await navigate({ to: '/fuse/runs/$id', params: { id: started.run } });
    } catch (error) {
      notify.failed(error);
    }
  };
}
