import type { Page as PageOf, ReviewDetail, ReviewPair } from '@ronghe/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { TextAreaRef } from 'antd/es/input/TextArea';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { Page } from '../../../components/page.tsx';
import { usePreferences } from '../../../lib/preferences.ts';
import { getOptions, useGet } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { Refusal } from '../refusal.tsx';
import { Explanation } from './explanation.tsx';
import { LastAnswer } from './last-answer.tsx';
import { ShortcutHelp } from './shortcut-help.tsx';
import { useActs } from './use-acts.ts';
import { DONE, type Review, useAnswer } from './use-answer.ts';
import { type Shortcuts, useShortcuts } from './use-shortcuts.ts';
import { ReviewStateTag } from './verdict-tag.tsx';
import { WorkBar, WorkReason } from './work-bar.tsx';
import './work.css';

const pathOf = (id: string): string => `/api/fuse/review/${id}`;

/** One doubtful pair at a time: looked at, answered, and the next one is there. All of it can be done by keyboard. */
export function WorkPage() {
  const { t } = useTranslation();
  const { id = DONE } = useParams({ strict: false });
  const work = useAnswer();
  return (
    <Page
      title={t('matching.work.title')}
      above={<Link to="/fuse/review">{t('matching.review.title')}</Link>}
      lead={<Progress answered={work.session.count} />}
      actions={<ShortcutHelpButton />}
    >
      <div className="stack">
        <LastAnswer work={work} />
        {id === DONE ? <Finished work={work} /> : <Work key={id} id={id} work={work} />}
      </div>
    </Page>
  );
}

function Progress({ answered }: { answered: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const open = useGet<PageOf<ReviewPair>>('/api/fuse/review', { state: 'open', limit: 1 });
  return (
    <span className="work-progress">
      <span>{t('matching.work.progress', { answered: format.number(answered, 0) })}</span>
      {open.data && (
        <span>{t('matching.work.progressOpen', { open: format.number(open.data.total, 0) })}</span>
      )}
    </span>
  );
}

function ShortcutHelpButton() {
  const [isOpen, setOpen] = useState(false);
  const { shortcuts } = usePreferences();
  useShortcuts({ '?': () => setOpen(true), '？': () => setOpen(true) }, shortcuts === 'on');
  return <ShortcutHelp open={isOpen} onOpen={() => setOpen(true)} onClose={() => setOpen(false)} />;
}

function Finished({ work }: { work: Review }) {
  const { t } = useTranslation();
  const { shortcuts } = usePreferences();
  const heading = useFocused<HTMLElement>();
  useShortcuts({ u: () => void work.undo() }, shortcuts === 'on');
  return (
    <div className="panel empty">
      <strong ref={heading} tabIndex={-1}>
        {t('matching.work.finished')}
      </strong>
      <span>{t('matching.work.finishedHint')}</span>
      <div className="empty-action">
        <Link to="/fuse/review">{t('matching.work.toList')}</Link>
      </div>
    </div>
  );
}

type WorkProps = { id: string; work: Review };
function Work({ id, work }: WorkProps) {
  const query = useGet<ReviewDetail>(pathOf(id));
  const { visit } = work.session;
  const { reset } = work;
  const latest = useRef({ visit, reset });
  latest.current = { visit, reset };
  useEffect(() => {
    latest.current.visit(id);
    latest.current.reset();
  }, [id]);
  if (!query.data)
    return (
      <div className="panel">
        <DataState query={query} rows={10}>
          {() => null}
        </DataState>
      </div>
    );
  return <DataState query={query}>{(detail) => <Pair detail={detail} work={work} />}</DataState>;
}

function Pair({ detail, work }: { detail: ReviewDetail; work: Review }) {
  const { t } = useTranslation();
  const { shortcuts } = usePreferences();
  const [reason, setReason] = useState('');
  const reasonField = useRef<TextAreaRef>(null);
  const heading = useFocused<HTMLHeadingElement>();
  const { pair, explanation, next } = detail;
  const names = { a: pair.a.name, b: pair.b.name };
  const may = useCan()('fuse:decision:write') && pair.state === 'open' && pair.decision === null;
  useNextInCache(next);
  const acts = useActs(detail, work, reason);
  const keys: Shortcuts = {
    ...{ j: acts.next, arrowright: acts.next, k: acts.previous, arrowleft: acts.previous },
    ...{ e: () => acts.open(pair.a.enterprise), 'shift+e': () => acts.open(pair.b.enterprise), u: acts.undo },
    ...(may && {
      ...{ s: acts.same, 1: acts.same, d: acts.different, 2: acts.different, l: acts.later, 3: acts.later },
      r: () => reasonField.current?.focus(),
    }),
  };
  useShortcuts(keys, shortcuts === 'on');
  return (
    <>
      <h2 ref={heading} tabIndex={-1} className="work-pair">
        {t('matching.pair', names)} <ReviewStateTag state={pair.state} />
      </h2>
      <WorkBar pair={pair} acts={acts} may={may} busy={work.busy} />
      <div className="stack">
        {work.error && <Refusal error={work.error} />}
        {may && (
          <WorkReason
            field={reasonField}
            value={reason}
            onChange={setReason}
            onLeave={() => heading.current?.focus()}
          />
        )}
        <Explanation explanation={explanation} />
      </div>
    </>
  );
}

/** The focus goes to what is new, so that it is read out and the keyboard begins there. */
function useFocused<Kind extends HTMLElement>() {
  const element = useRef<Kind>(null);
  useEffect(() => element.current?.focus({ preventScroll: true }), []);
  return element;
}

/** Fetches the pair after this one while this one is looked at. */
function useNextInCache(next: string | null): void {
  const client = useQueryClient();
  useEffect(() => {
    if (next !== null) void client.prefetchQuery(getOptions<ReviewDetail>(pathOf(next)));
  }, [client, next]);
}
