import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { KeyMark } from './key-mark.tsx';
import type { Review } from './use-answer.ts';

const WORDS = {
  same: 'matching.work.lastSame',
  different: 'matching.work.lastDifferent',
  later: 'matching.work.lastLater',
} as const;

/** What was answered just now, whether it waits for somebody else, and the way to take it back. */
export function LastAnswer({ work }: { work: Review }) {
  const { t } = useTranslation();
  const { last } = work.session;
  if (last === null) return null;
  const [a, b] = last.names;
  return (
    <div className={last.waits ? 'notice' : 'notice good'} role="status">
      <span className="row">
        <span>
          {t('matching.work.last', { pair: t('matching.pair', { a, b }) })} · {t(WORDS[last.act])}
        </span>
        {last.waits && (
          <>
            <span>{t('matching.work.waits')}</span>
            <Link to="/fuse/decisions" search={{ state: 'proposed' }}>
              {t('matching.work.waitsLink')}
            </Link>
          </>
        )}
        <Button size="small" disabled={work.busy} onClick={() => void work.undo()}>
          {t(last.decision === null ? 'matching.work.back' : 'matching.work.undo')}
          <KeyMark name="U" />
        </Button>
      </span>
    </div>
  );
}
