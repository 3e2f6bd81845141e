import type { MatchExplanation, RecordRef } from '@ronghe/contracts';
import { Alert, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { Page, Panel } from '../../../components/page.tsx';
import { useAsked } from '../../../lib/query.ts';
import { useSearchState } from '../../../lib/search.ts';
import { useCan } from '../../../lib/session.ts';
import { ReasonDialog } from '../golden/reason-dialog.tsx';
import { useDecide } from '../golden/use-decide.ts';
import { Explanation } from './explanation.tsx';
import { addressOfRecord, recordOfAddress } from './record-address.ts';
import { RecordPicker } from './record-picker.tsx';
import { useSourceNames } from './use-source-names.ts';

const PATH = '/api/fuse/matching/explain';

/** Why any two records are one enterprise, or are not; the two stand in the address. */
export function ExplainPage() {
  const { t } = useTranslation();
  const { values } = useSearchState();
  const [a, b] = [recordOfAddress(values.a), recordOfAddress(values.b)];
  const isUnreadable = (values.a !== undefined && a === null) || (values.b !== undefined && b === null);
  const isOne = a !== null && b !== null && values.a === values.b;
  if (a === null || b === null || isOne)
    return (
      <Page title={t('matching.explain.title')} lead={t('matching.explain.lead')}>
        <div className="stack">
          {isUnreadable && <Alert type="warning" showIcon title={t('matching.explain.unreadable')} />}
          {isOne && <Alert type="warning" showIcon title={t('matching.explain.equal')} />}
          <Choose a={a} b={isOne ? null : b} />
        </div>
      </Page>
    );
  return <Explained a={a} b={b} />;
}

/** Chooses the records that are missing; one that is known already can be changed. */
function Choose({ a, b }: { a: RecordRef | null; b: RecordRef | null }) {
  const { t } = useTranslation();
  const search = useSearchState();
  const put = (side: 'a' | 'b') => (record: RecordRef | null) =>
    search.set({ [side]: record === null ? null : addressOfRecord(record) });
  return (
    <div className="explanation">
      <Panel title={t('matching.explain.first')}>
        {a ? <Chosen record={a} onChange={() => put('a')(null)} /> : <RecordPicker onPick={put('a')} />}
      </Panel>
      <Panel title={t('matching.explain.second')}>
        {b ? <Chosen record={b} onChange={() => put('b')(null)} /> : <RecordPicker onPick={put('b')} />}
      </Panel>
    </div>
  );
}

function Chosen({ record, onChange }: { record: RecordRef; onChange: () => void }) {
  const { t } = useTranslation();
  const { nameOf } = useSourceNames();
  return (
    <p className="row spread">
      <span>
        {nameOf(record.source) || t('matching.explain.chosen')} <code>{record.entityKey}</code>
      </span>
      <Button size="small" onClick={onChange}>
        {t('matching.explain.change')}
      </Button>
    </p>
  );
}

function Explained({ a, b }: { a: RecordRef; b: RecordRef }) {
  const { t } = useTranslation();
  const search = useSearchState();
  const query = useAsked<MatchExplanation>(PATH, [addressOfRecord(a), addressOfRecord(b)], { a, b });
  const title = query.data
    ? t(query.data.together ? 'matching.explain.whySame' : 'matching.explain.whyNot')
    : t('matching.explain.title');
  return (
    <Page
      title={title}
      lead={query.data && t('matching.pair', { a: query.data.a.name, b: query.data.b.name })}
      actions={
        <span className="row">
          <Button onClick={() => search.set({ a: addressOfRecord(b), b: addressOfRecord(a) })}>
            {t('matching.swap')}
          </Button>
          <Button onClick={() => search.set({ b: null })}>{t('matching.explain.change')}</Button>
          {query.data && query.data.decision === null && <Decide a={a} b={b} />}
        </span>
      }
    >
      <DataState query={query} rows={10}>
        {(explanation) => <Explanation explanation={explanation} />}
      </DataState>
    </Page>
  );
}

/** Whoever sees at once that the model is wrong says so here. */
function Decide({ a, b }: { a: RecordRef; b: RecordRef }) {
  const { t } = useTranslation();
  const may = useCan()('fuse:decision:write');
  const { busy, error, reset, decide } = useDecide();
  const [act, setAct] = useState<'same' | 'different' | null>(null);
  if (!may) return null;
  const words = { same: t('matching.explain.decideSame'), different: t('matching.explain.decideDifferent') };
  const close = () => {
    setAct(null);
    reset();
  };
  return (
    <>
      <Button onClick={() => setAct('same')}>{words.same}</Button>
      <Button onClick={() => setAct('different')}>{words.different}</Button>
      {act && (
        <ReasonDialog
          title={words[act]}
          lead={t('matching.explain.decideLead')}
          action={words[act]}
          busy={busy}
          error={error}
          onClose={close}
          onSend={(reason) =>
            void decide('/api/fuse/decisions', { act, a, b, reason }).then((done) => done && close())
          }
        />
      )}
    </>
  );
}
