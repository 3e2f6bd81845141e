import type { Dataset } from '@ronghe/contracts';
import { Button, Checkbox } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Failure, Loading } from '../../../components/data-state.tsx';
import { Panel } from '../../../components/page.tsx';
import { Tabs } from '../../../components/tabs.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useCan } from '../../../lib/session.ts';
import { CodePanel } from '../code-panel.tsx';
import { usePlaces } from '../use-places.ts';
import { Answer } from './answer.tsx';
import { emptyDraft, isAskable, type Question, questionOf } from './draft.ts';
import { ExportButton } from './export-dialog.tsx';
import { QuestionForm } from './question-form.tsx';
import { curlText, jsonText } from './question-text.ts';
import { useAsk } from './use-ask.ts';
import './query.css';

/** Asks a dataset by hand, and shows how a program would ask the same. */
export function QueryTab({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const can = useCan();
  const [draft, setDraft] = useState(emptyDraft);
  const [sandbox, setSandbox] = useState(false);
  const { question: real, incomplete } = questionOf(draft, dataset.columns);
  const question: Question = sandbox ? { ...real, sandbox } : real;
  const { answered, busy, stopped, error, ask, next, previous, stop } = useAsk(dataset.id);
  const isOld = answered !== null && jsonText(answered.question) !== jsonText(question);
  return (
    <div className="stack">
      <Panel title={t('share.query.question')}>
        <form
          className="stack"
          aria-label={t('share.query.question')}
          onSubmit={(event) => {
            event.preventDefault();
            if (isAskable(draft)) ask(question);
          }}
        >
          <QuestionForm draft={draft} columns={dataset.columns} onChange={setDraft} />
          <div className="row">
            <Button type="primary" htmlType="submit" loading={busy} disabled={!isAskable(draft)}>
              {t(busy ? 'share.query.asking' : 'share.query.ask')}
            </Button>
            {busy && <Button onClick={stop}>{t('share.query.stop')}</Button>}
            {can('share:dataset:export') && draft.mode === 'rows' && (
              <ExportButton dataset={dataset} question={question} />
            )}
            <Checkbox checked={sandbox} onChange={({ target }) => setSandbox(target.checked)}>
              {t('share.query.sandbox')}
            </Checkbox>
            {incomplete > 0 && (
              <span role="status" className="faint">
                {t('share.query.incomplete')}
              </span>
            )}
          </div>
        </form>
      </Panel>
      <Panel title={t('share.query.answer')} flush>
        {isOld && !busy && (
          <p role="status" className="query-hint faint">
            {t('share.query.changed')}
          </p>
        )}
        {answered?.answer.sandbox && (
          <p role="status" className="query-hint">
            <Tag tone="warn">{t('share.query.invented')}</Tag>
          </p>
        )}
        {error !== null && <Failure error={error} />}
        {answered === null && busy && <Loading rows={8} />}
        {answered !== null && error === null && (
          <Answer dataset={dataset} answered={answered} busy={busy} onNext={next} onPrevious={previous} />
        )}
        {answered === null && !busy && error === null && (
          <div className="empty">
            <strong>{t(stopped ? 'share.query.stopped' : 'share.query.notAsked')}</strong>
            <span>{t('share.query.notAskedHint')}</span>
          </div>
        )}
      </Panel>
      <SameQuestion dataset={dataset.id} question={question} />
    </div>
  );
}

type SameQuestionProps = { dataset: string; question: Parameters<typeof jsonText>[0] };
function SameQuestion({ dataset, question }: SameQuestionProps) {
  const { t } = useTranslation();
  const { http } = usePlaces();
  const [shown, setShown] = useState<'json' | 'curl'>('json');
  const texts = { json: jsonText(question), curl: curlText(question, { http, dataset }) };
  return (
    <section aria-label={t('share.query.text')}>
      <h2>{t('share.query.text')}</h2>
      <p className="faint">{t('share.query.textLead')}</p>
      <Tabs
        label={t('share.query.text')}
        active={shown}
        onChange={setShown}
        items={(['json', 'curl'] as const).map((key) => ({
          key,
          label: t(`share.query.${key}`),
          children: (
            <CodePanel
              name={t(`share.query.${key}`)}
              text={texts[key]}
              copy={t('share.query.copyText', { name: t(`share.query.${key}`) })}
            />
          ),
        }))}
      />
    </section>
  );
}
