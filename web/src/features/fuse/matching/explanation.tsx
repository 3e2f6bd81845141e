import type { MatchExplanation } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../../components/page.tsx';
import { Tag } from '../../../components/tags.tsx';
import { usePick } from '../../../lib/use-format.ts';
import { KeyList } from './key-list.tsx';
import { Sides } from './sides.tsx';
import { VerdictTag, WeightText } from './verdict-tag.tsx';
import { Waterfall } from './waterfall.tsx';
import './explanation.css';

/** Everything that is told of two records: what they say, how that weighs, what brought them together, what decided. */
export function Explanation({ explanation }: { explanation: MatchExplanation }) {
  const { t } = useTranslation();
  const { a, b, waterfall, match, review } = explanation;
  const label = t('matching.pair', { a: a.name, b: b.name });
  return (
    <div className="stack">
      <Verdict explanation={explanation} />
      <div className="explanation">
        <Panel flush title={t('matching.sides.title')}>
          <Sides a={a} b={b} />
        </Panel>
        <Panel title={t('matching.waterfall.title')}>
          <Waterfall waterfall={waterfall} thresholds={{ match, review }} label={label} />
        </Panel>
      </div>
      <Panel title={t('matching.keys.title')}>
        <KeyList keys={explanation.keys} />
      </Panel>
    </div>
  );
}

function Verdict({ explanation }: { explanation: MatchExplanation }) {
  const { t } = useTranslation();
  const pick = usePick();
  const { verdict, waterfall, together, decision, reasons, model } = explanation;
  return (
    <section className="panel verdict" aria-label={t('matching.explain.reasons')}>
      <p className="row">
        <VerdictTag verdict={verdict} />
        <span>{t('matching.explain.byWeight')}</span>
        <WeightText weight={waterfall.weight} probability={waterfall.probability} />
        <Tag tone="plain" icon={null}>
          {t(together ? 'matching.explain.together' : 'matching.explain.apart')}
        </Tag>
        {decision !== null && (
          <>
            <Tag tone="info" icon={null}>
              {t('matching.explain.decided')}
            </Tag>
            <Link to="/fuse/decisions">{t('matching.explain.decisions')}</Link>
          </>
        )}
        <Link to="/fuse/model" search={{ version: String(model) }}>
          {t('matching.explain.model', { version: model })}
        </Link>
      </p>
      {reasons.length > 0 && (
        <ol>
          {reasons.map((reason) => (
            <li key={reason.en}>{pick(reason)}</li>
          ))}
        </ol>
      )}
    </section>
  );
}
