import type { RelationDecision } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { useSend } from '../../../lib/query.ts';
import { useNotify } from '../use-notify.ts';

/** Says something of a relation, or takes it back; a refusal stands in `error`. */
export function useRelate() {
  const { t } = useTranslation();
  const notify = useNotify();
  const send = useSend<RelationDecision>(['/api/fuse/enterprises']);
  return {
    busy: send.isPending,
    error: send.error,
    async relate(path: string, body: unknown): Promise<boolean> {
      try {
        await send.mutateAsync({ method: 'POST', path, body });
        notify.done(t('relations.done'));
        return true;
      } catch {
        return false;
      }
    },
  };
}
