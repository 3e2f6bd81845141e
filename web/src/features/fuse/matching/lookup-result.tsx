import type { EnterpriseSearchResult, MatchCandidate, MatchModels } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { Alert, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../../components/page.tsx';
import { useGet } from '../../../lib/query.ts';
import { KeyList } from './key-list.tsx';
import { VerdictTag, WeightText } from './verdict-tag.tsx';
import { Waterfall } from './waterfall.tsx';
import type { Thresholds } from './waterfall-steps.ts';

/** The enterprises that come closest, what the model makes of each, and how they were looked for. */
export function LookupResult({ result }: { result: EnterpriseSearchResult }) {
  const { t } = useTranslation();
  const models = useGet<MatchModels>('/api/fuse/matching/models');
  const thresholds = models.data?.items.find(({ version }) => version === result.model) ?? null;
  const [best] = result.items;
  return (
    <>
      <div role="status">
        {best ? <Best candidate={best} /> : null}
        <span className="visually-hidden">
          {best ? t('matching.lookup.found', { count: result.items.length }) : t('matching.lookup.none')}
        </span>
      </div>
      <Panel flush title={best && t('matching.lookup.found', { count: result.items.length })}>
        {best ? (
          result.items.map((candidate) => (
            <Candidate key={candidate.enterprise} candidate={candidate} thresholds={thresholds} />
          ))
        ) : (
          <div className="empty">
            <strong>{t('matching.lookup.none')}</strong>
            <span>{t('matching.lookup.noneHint')}</span>
          </div>
        )}
      </Panel>
      <Panel
        title={t('matching.keys.searched')}
        actions={
          <Link to="/fuse/model" search={{ version: String(result.model) }}>
            {t('matching.explain.model', { version: result.model })}
          </Link>
        }
      >
        <KeyList keys={result.keys} isSearch />
      </Panel>
    </>
  );
}

const WORDS = {
  same: { type: 'warning', text: 'matching.lookup.exists' },
  review: { type: 'warning', text: 'matching.lookup.doubtful' },
  different: { type: 'info', text: 'matching.lookup.fresh' },
} as const;
function Best({ candidate }: { candidate: MatchCandidate }) {
  const { t } = useTranslation();
  const { type, text } = WORDS[candidate.verdict];
  return <Alert type={type} showIcon title={t(text)} />;
}

type CandidateProps = { candidate: MatchCandidate; thresholds: Thresholds | null };
function Candidate({ candidate, thresholds }: CandidateProps) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const { enterprise, name, code, divisionName, record, verdict, weight, probability, waterfall } = candidate;
  return (
    <article className="candidate">
      <div className="row spread">
        <h3>
          <Link to="/fuse/enterprises/$id" params={{ id: enterprise }}>
            {name}
          </Link>
        </h3>
        <span className="row">
          <VerdictTag verdict={verdict} />
          <WeightText weight={weight} probability={probability} />
          <Button
            size="small"
            aria-expanded={isOpen}
            aria-label={t(isOpen ? 'matching.lookup.hideWeightsOf' : 'matching.lookup.weightsOf', { name })}
            onClick={() => setOpen(!isOpen)}
          >
            {t(isOpen ? 'matching.lookup.hideWeights' : 'matching.lookup.showWeights')}
          </Button>
        </span>
      </div>
      <div className="row faint">
        {code && <code>{code}</code>}
        {divisionName && <span>{divisionName}</span>}
        <span>
          {t('matching.lookup.best')}: {record.sourceName} · {record.name}
        </span>
      </div>
      {isOpen && <Waterfall waterfall={waterfall} thresholds={thresholds} label={name} />}
    </article>
  );
}
