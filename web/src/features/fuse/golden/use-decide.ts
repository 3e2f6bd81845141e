import type { Decision } from '@ronghe/contracts';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSend } from '../../../lib/query.ts';
import { usePick } from '../../../lib/use-format.ts';
import { useNotify } from '../use-notify.ts';

/** What a decision makes old. */
const TOUCHES = [
  '/api/fuse/enterprises',
  '/api/fuse/decisions',
  '/api/fuse/overview',
  '/api/fuse/review',
  '/api/fuse/matching',
];

const UNDONE_SHOWN_S = 6;

/** Sends a decision and says what became of it: in force, waiting, or undone as far as it could be. */
export function useDecide() {
  const { t } = useTranslation();
  const notify = useNotify();
  const pick = usePick();
  const { notification } = App.useApp();
  const send = useSend<Decision>(TOUCHES);
  return {
    busy: send.isPending,
    error: send.error,
    reset: send.reset,
    /** Answers null when it was refused; the refusal stands in `error`. */
    async decide(path: string, body: unknown): Promise<Decision | null> {
      try {
        const decision = await send.mutateAsync({ method: 'POST', path, body });
        if (decision.undo === null) {
          notify.done(t(decision.state === 'proposed' ? 'golden.proposed' : 'golden.done'));
          return decision;
        }
        const lines = [
          ...decision.undo.restored.map((line) => `${t('golden.restored')}: ${pick(line)}`),
          ...decision.undo.left.map((line) => `${t('golden.left')}: ${pick(line)}`),
        ];
        notification.info({
          title: t('golden.undo'),
          description: lines.join('; '),
          // What could not be put back stays until it was read.
          duration: decision.undo.left.length > 0 ? 0 : UNDONE_SHOWN_S,
        });
        return decision;
      } catch {
        return null;
      }
    },
  };
}
