import { DownloadOutlined } from '@ant-design/icons';
import type { AnswerColumn, Dataset, DatasetAnswer } from '@ronghe/contracts';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { Tag } from '../../../components/tags.tsx';
import { csvBlob, csvOf, download } from '../../../lib/download.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { GradeTags } from '../grade-tags.tsx';
import { useMaskText } from '../mask-text.ts';
import { AnswerChart } from './answer-chart.tsx';
import { useAnswerText } from './use-answer-text.ts';
import type { Answered } from './use-ask.ts';

/** A longer text is cut in its cell; the whole of it is its title. */
const CELL_LENGTH_MAX = 60;

type AnswerProps = {
  dataset: Dataset;
  answered: Answered;
  busy: boolean;
  onNext: () => void;
  onPrevious: () => void;
};

/** An answer as a table, its chart when it has groups, and its pages. */
export function Answer({ dataset, answered, busy, onNext, onPrevious }: AnswerProps) {
  const { t } = useTranslation();
  const { answer, question, cursors } = answered;
  const columns = useColumns(dataset, answered);
  const grouped = question.aggregates !== undefined;
  if (answer.rows.length === 0)
    return (
      <div className="empty">
        <strong>{t('share.query.noRows')}</strong>
      </div>
    );
  const rows = answer.rows.map((values, index) => ({ values, index }));
  return (
    <>
      {grouped && <AnswerChart dataset={dataset} answer={answer} question={question} />}
      <DataTable
        label={t('share.query.answer')}
        rows={rows}
        rowKey={({ index }) => index}
        columns={columns}
      />
      <div className="table-foot">
        <AnswerFacts answered={answered} />
        <span className="row">
          <SaveAnswer dataset={dataset} answered={answered} />
          {(answer.next !== null || cursors.length > 0) && (
            <>
              <Button size="small" disabled={busy || cursors.length === 0} onClick={onPrevious}>
                {t('share.query.previous')}
              </Button>
              <Button size="small" loading={busy} disabled={answer.next === null} onClick={onNext}>
                {t('share.query.next')}
              </Button>
            </>
          )}
        </span>
      </div>
    </>
  );
}

function AnswerFacts({ answered: { answer, question, cursors } }: { answered: Answered }) {
  const { t } = useTranslation();
  const format = useFormat();
  const count = answer.rows.length;
  const time = format.duration(answer.elapsedMs);
  const cut = question.aggregates !== undefined && count >= question.limit;
  const counted =
    question.aggregates === undefined
      ? t('share.query.rowsShown', { page: cursors.length + 1, count })
      : t(cut ? 'share.query.groupsCut' : 'share.query.groupsShown', { count });
  return (
    <span className="row" aria-live="polite">
      <span>{counted}</span>
      <span>
        {answer.rowsRead !== null
          ? t('share.query.readInfo', { rows: format.compact(answer.rowsRead), time })
          : t('share.query.timeInfo', { time })}
      </span>
      <span className="row">
        {t('share.query.gradeOf')} <GradeTags grade={answer.grade} level={answer.level} />
      </span>
    </span>
  );
}

type Row = { values: DatasetAnswer['rows'][number]; index: number };
function useColumns(dataset: Dataset, { answer, question }: Answered): Column<Row>[] {
  const text = useAnswerText(dataset, question);
  return answer.columns.map((column) => ({
    key: column.name,
    title: <Head column={column} title={text.title(column)} unit={text.unit(column)} />,
    nowrap: true,
    ...(column.type === 'number' || column.type === 'integer' ? { align: 'end' as const } : {}),
    render: ({ values }) => <Cell text={text.value(values[column.name], column)} />,
  }));
}

function Head({ column, title, unit }: { column: AnswerColumn; title: string; unit: string | null }) {
  const { t } = useTranslation();
  const maskText = useMaskText();
  return (
    <>
      {title}
      {unit !== null && ` (${unit})`}
      <span className="query-head">
        <span className="mono">{column.name}</span>{' '}
        {column.masks.length > 0 && (
          <Tag tone="warn" icon={null}>
            {t('share.query.maskOf', { masks: maskText(column.masks) })}
          </Tag>
        )}
      </span>
    </>
  );
}

const Cell = ({ text }: { text: string }) =>
  text.length > CELL_LENGTH_MAX ? (
    <span className="query-long" title={text}>
      {text}
    </span>
  ) : (
    text
  );

/** What is on the screen, as a file; nothing is asked again. */
function SaveAnswer({ dataset, answered: { answer, question, cursors } }: SaveProps) {
  const { t } = useTranslation();
  const text = useAnswerText(dataset, question);
  const save = () => {
    const head = answer.columns.map((column) => text.title(column));
    const rows = answer.rows.map((row) => answer.columns.map(({ name }) => row[name]));
    const page = cursors.length === 0 ? '' : `-${cursors.length + 1}`;
    download(csvBlob(csvOf(head, rows)), `${dataset.id}${page}.csv`);
  };
  return (
    <Button size="small" icon={<DownloadOutlined />} onClick={save}>
      {t('share.export.save')}
    </Button>
  );
}
type SaveProps = { dataset: Dataset; answered: Answered };
