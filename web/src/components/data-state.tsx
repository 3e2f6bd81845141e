import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { errorText } from '../lib/error-text.ts';
import { useDelayed, useNow } from '../lib/now.ts';
import { useFormat } from '../lib/use-format.ts';

/** Loading that is quicker than this shows nothing, so that nothing flickers. */
export const SKELETON_DELAY_MS = 300;

/** The part of a TanStack query that this component looks at. */
export type QueryState<Data> = {
  data: Data | undefined;
  error: unknown;
  isFetching: boolean;
  dataUpdatedAt: number;
  refetch: () => unknown;
};

type DataStateProps<Data> = {
  query: QueryState<Data>;
  isEmpty?: (data: Data) => boolean;
  /** What it is and what to do when there has never been anything. */
  empty?: { title: string; text?: string; action?: ReactNode };
  /** Set when filters are on: an empty answer then offers to clear them. */
  filtered?: { active: boolean; clear: () => void };
  rows?: number;
  children: (data: Data) => ReactNode;
};

/** The one way the portal shows loading, emptiness, failure and age of data. */
export function DataState<Data>({
  query,
  isEmpty,
  empty,
  filtered,
  rows = 6,
  children,
}: DataStateProps<Data>) {
  if (query.data === undefined) {
    if (query.error) return <Failure error={query.error} retry={query.refetch} />;
    return <Loading rows={rows} />;
  }
  const none = isEmpty?.(query.data) ?? false;
  return (
    <>
      {query.error ? <Stale query={query} /> : null}
      {none ? <Nothing empty={empty} filtered={filtered} /> : children(query.data)}
    </>
  );
}

/** A skeleton of so many rows, for what is not a query of its own. */
export function Loading({ rows }: { rows: number }) {
  const { t } = useTranslation();
  const visible = useDelayed(SKELETON_DELAY_MS);
  return (
    <div className="skeleton" role="status" aria-live="polite" style={{ minHeight: rows * 26 }}>
      <span className="visually-hidden">{t('state.loading')}</span>
      {visible &&
        WIDTHS.slice(0, rows).map((width) => (
          <div key={width} aria-hidden="true" style={{ width: `${width}%` }} />
        ))}
    </div>
  );
}
const WIDTHS = [96, 88, 93, 76, 90, 68, 84, 72, 94, 80];

/** Plain words, what to do, the request's id for the operator, and a way to try again. */
export function Failure({ error, retry }: { error: unknown; retry?: () => unknown }) {
  const { t } = useTranslation();
  const { message, hint, requestId, details } = errorText(error, t);
  return (
    <div className="empty" role="alert">
      <strong>{t('state.errorTitle')}</strong>
      <span>{message}</span>
      {hint !== '' && <span>{hint}</span>}
      {details.map((line) => (
        <span key={line}>{line}</span>
      ))}
      {requestId && (
        <span>
          {t('state.requestId')} <code>{requestId}</code>
        </span>
      )}
      {retry && (
        <Button className="empty-action" onClick={() => void retry()}>
          {t('state.retry')}
        </Button>
      )}
    </div>
  );
}

function Stale<Data>({ query }: { query: QueryState<Data> }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(5_000);
  return (
    <div className="notice" role="status">
      <span>{t('state.stale', { age: format.ago(new Date(query.dataUpdatedAt).toISOString(), now) })}</span>
      <Button size="small" type="link" loading={query.isFetching} onClick={() => void query.refetch()}>
        {t('state.retry')}
      </Button>
    </div>
  );
}

type NothingProps = {
  empty: { title: string; text?: string; action?: ReactNode } | undefined;
  filtered: { active: boolean; clear: () => void } | undefined;
};
function Nothing({ empty, filtered }: NothingProps) {
  const { t } = useTranslation();
  if (filtered?.active) {
    return (
      <div className="empty">
        <strong>{t('state.emptyFilter')}</strong>
        <Button className="empty-action" onClick={filtered.clear}>
          {t('state.clearFilter')}
        </Button>
      </div>
    );
  }
  return (
    <div className="empty">
      <svg
        className="empty-mark"
        viewBox="0 0 56 40"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        aria-hidden="true"
      >
        <path
          d="M2 8c18 0 16 12 30 12h22M2 32c18 0 16-12 30-12"
          strokeLinecap="round"
          strokeDasharray="4 5"
        />
      </svg>
      <strong>{empty?.title ?? t('state.empty')}</strong>
      {empty?.text && <span>{empty.text}</span>}
      {empty?.action && <div className="empty-action">{empty.action}</div>}
    </div>
  );
}
