import type { MatchKey } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { Tag, type Tone } from '../../../components/tags.tsx';
import { usePick } from '../../../lib/use-format.ts';
import './explanation.css';

const TONES = { found: 'good', differs: 'bad', untold: 'plain', common: 'warn' } as const satisfies Record<
  MatchKey['state'],
  Tone
>;

/** The keys of the model and what came of each: of two records, or of one that was searched for. */
export function KeyList({ keys, isSearch = false }: { keys: readonly MatchKey[]; isSearch?: boolean }) {
  const { t } = useTranslation();
  const pick = usePick();
  if (keys.length === 0) return <p className="faint">{t('matching.keys.empty')}</p>;
  const words = {
    found: t(isSearch ? 'matching.keys.searchedFound' : 'matching.keys.found'),
    differs: t(isSearch ? 'matching.keys.searchedNone' : 'matching.keys.differs'),
    untold: t(isSearch ? 'matching.keys.searchedUntold' : 'matching.keys.untold'),
    common: t('matching.keys.common'),
  };
  return (
    <ul className="key-list">
      {keys.map(({ rule, state, records }) => (
        <li key={rule.en}>
          <span>{pick(rule)}</span>
          <Tag tone={isSearch && state === 'differs' ? 'plain' : TONES[state]}>{words[state]}</Tag>
          {records !== null && records > 0 && (
            <span className="faint">
              {t(state === 'common' ? 'matching.keys.recordsMax' : 'matching.keys.records', {
                count: records,
              })}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}
