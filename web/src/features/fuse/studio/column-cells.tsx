import { COLUMN_KINDS, type ColumnProfile, type ColumnSuggestion } from '@ronghe/contracts';
import { Button, Popover } from 'antd';
import { useTranslation } from 'react-i18next';
import { Tag } from '../../../components/tags.tsx';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { ShareBar } from '../share-bar.tsx';
import { useTargets } from '../use-targets.ts';
import { SURE } from './draft.ts';

const SAMPLES = 3;
const PROBLEMS_SHOWN = 2;

/** What a column is called and holds. */
export function ColumnHead({
  name,
  profile,
  missing,
}: {
  name: string;
  profile: ColumnProfile | null;
  missing: boolean;
}) {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  return (
    <div className="column-head">
      <strong>{name}</strong>
      <span className="row">
        {profile && <span className="tag">{pick(COLUMN_KINDS[profile.kind])}</span>}
        {profile?.unit && <span className="tag">{profile.unit}</span>}
        {profile?.sensitive && <Tag tone="warn">{t('source.profile.sensitive')}</Tag>}
        {missing && <Tag tone="bad">{t('studio.missing')}</Tag>}
        {profile?.problems.slice(0, PROBLEMS_SHOWN).map(({ text, count, example }) => (
          <span key={text.en} title={example}>
            <Tag tone="warn">{`${pick(text)} × ${format.number(count, 0)}`}</Tag>
          </span>
        ))}
      </span>
    </div>
  );
}

/** How much of a column is filled, and some of what stands in it. */
export function ColumnHolds({ profile }: { profile: ColumnProfile | null }) {
  const { t } = useTranslation();
  if (!profile) return <span className="faint">—</span>;
  const share = profile.rows === 0 ? 0 : profile.filled / profile.rows;
  return (
    <div className="column-holds">
      <ShareBar share={share} label={t('source.profile.filled')} warnBelow={0.5} />
      <span className="samples" title={profile.samples.join('\n')}>
        {profile.samples.slice(0, SAMPLES).join(' · ') || '—'}
      </span>
    </div>
  );
}

type ConfidenceProps = { suggestion: ColumnSuggestion | null; to: string | null };

/** How sure the platform is of what it proposed, with its reasons; "by hand" where a person chose something else. */
export function Confidence({ suggestion, to }: ConfidenceProps) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!suggestion || suggestion.to === null)
    return <span className="faint">{to === null ? '—' : t('studio.byHand')}</span>;
  if (to !== null && suggestion.to !== to) return <span className="faint">{t('studio.byHand')}</span>;
  const percent = format.percent(suggestion.confidence, 0);
  return (
    <Popover
      trigger={['hover', 'focus']}
      content={<Reasons suggestion={suggestion} />}
      title={t('studio.why')}
    >
      <button
        type="button"
        className="plain"
        aria-label={t('studio.confidenceOf', { percent, column: suggestion.column })}
      >
        <Tag tone={suggestion.confidence >= SURE ? 'good' : 'warn'}>{percent}</Tag>
      </button>
    </Popover>
  );
}

/** Why a target is proposed, and what else it could be. */
export function Reasons({ suggestion }: { suggestion: ColumnSuggestion }) {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const targets = useTargets();
  return (
    <div className="reasons">
      <ul>
        {suggestion.reasons.map((reason) => (
          <li key={reason.en}>{pick(reason)}</li>
        ))}
      </ul>
      {suggestion.others.length > 0 && (
        <p className="faint">
          {t('studio.others')}{' '}
          {suggestion.others
            .map(({ to, confidence }) => `${targets.name(to)} ${format.percent(confidence, 0)}`)
            .join(' · ')}
        </p>
      )}
    </div>
  );
}

/** One click takes what is proposed. */
export function AcceptButton({
  suggestion,
  onAccept,
}: {
  suggestion: ColumnSuggestion;
  onAccept: () => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const targets = useTargets();
  if (suggestion.to === null) return null;
  return (
    <Button size="small" type="dashed" onClick={onAccept}>
      {t('studio.accept', {
        target: targets.name(suggestion.to),
        percent: format.percent(suggestion.confidence, 0),
      })}
    </Button>
  );
}
