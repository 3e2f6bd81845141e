import { DownloadOutlined } from '@ant-design/icons';
import { PAGE_ROWS_MAX, type Page, REVIEW_STATES, type ReviewPair } from '@ronghe/contracts';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getJson, type QueryValues } from '../../../lib/api.ts';
import { type CsvCell, csvBlob, csvOf, download } from '../../../lib/download.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { useNotify } from '../use-notify.ts';

/** More pairs than this are not gathered in a browser; what was left out is said. */
export const EXPORT_PAIRS_MAX = 20_000;

/** All pairs that the filters match, page by page, as a file. */
export function ReviewExport({ filter }: { filter: QueryValues }) {
  const { t } = useTranslation();
  const format = useFormat();
  const notify = useNotify();
  const [busy, setBusy] = useState(false);
  const table = useTable();
  const save = async () => {
    setBusy(true);
    try {
      const { items, total } = await allPairs(filter);
      download(csvBlob(csvOf(table.header, items.map(table.row))), `review-${format.date(Date.now())}.csv`);
      const all = { count: items.length, total };
      notify.done(t(items.length < total ? 'matching.review.exportedPart' : 'matching.review.exported', all));
    } catch (error) {
      notify.failed(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button icon={<DownloadOutlined />} loading={busy} onClick={() => void save()}>
      {t(busy ? 'matching.review.exporting' : 'matching.review.export')}
    </Button>
  );
}

async function allPairs(filter: QueryValues): Promise<{ items: ReviewPair[]; total: number }> {
  const items: ReviewPair[] = [];
  let cursor: string | null = null;
  for (;;) {
    const page: Page<ReviewPair> = await getJson<Page<ReviewPair>>('/api/fuse/review', {
      ...filter,
      cursor,
      limit: PAGE_ROWS_MAX,
    });
    items.push(...page.items);
    cursor = page.next;
    if (cursor === null || items.length >= EXPORT_PAIRS_MAX) return { items, total: page.total };
  }
}

function useTable() {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  return {
    header: [
      t('matching.review.state'),
      ...[t('matching.review.sourceA'), t('matching.review.keyA'), t('matching.review.nameA')],
      ...[t('matching.review.sourceB'), t('matching.review.keyB'), t('matching.review.nameB')],
      ...[t('matching.weight'), t('matching.probability'), t('matching.review.usefulness')],
      ...[t('matching.review.at'), t('matching.review.decidedBy'), t('matching.review.decidedAt')],
    ],
    row: ({ a, b, ...pair }: ReviewPair): CsvCell[] => [
      pick(REVIEW_STATES[pair.state]),
      ...[a.sourceName, a.entityKey, a.name, b.sourceName, b.entityKey, b.name],
      ...[pair.weight, pair.probability, pair.usefulness],
      format.dateTime(pair.at),
      pair.decidedBy,
      pair.decidedAt === null ? null : format.dateTime(pair.decidedAt),
    ],
  };
}
