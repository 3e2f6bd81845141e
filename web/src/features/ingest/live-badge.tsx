import { useTranslation } from 'react-i18next';
import { Tag } from '../../components/tags.tsx';
import type { LiveState } from '../../lib/live.ts';
import './live.css';

const TONES = { live: 'good', connecting: 'info', interrupted: 'warn', paused: 'plain' } as const;

/** Says whether values arrive right now. */
export function LiveBadge({ state }: { state: LiveState }) {
  const { t } = useTranslation();
  return (
    <span role="status">
      <Tag tone={TONES[state]} icon={<i className={`pulse ${state}`} aria-hidden="true" />}>
        {t(`ingest.trend.state.${state}`)}
      </Tag>
    </span>
  );
}
