import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { type DatasetColumn, QUESTION_AGGREGATES } from '@ronghe/contracts';
import { Button, Select, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { usePick } from '../../../lib/use-format.ts';
import { columnsFor, type Fn, type Measure, measureNames, type SortLine } from './draft.ts';

const MEASURES_MAX = 10;
const SORTS_MAX = 10;
const nextId = (lines: readonly { id: number }[]) => Math.max(0, ...lines.map(({ id }) => id)) + 1;

type MeasuresProps = {
  measures: Measure[];
  columns: readonly DatasetColumn[];
  onChange: (measures: Measure[]) => void;
};
/** What is counted in each group. */
export function Measures({ measures, columns, onChange }: MeasuresProps) {
  const { t } = useTranslation();
  const pick = usePick();
  const put = (id: number, more: Partial<Measure>) =>
    onChange(measures.map((measure) => (measure.id === id ? { ...measure, ...more } : measure)));
  const chooseFn = ({ id, column }: Measure, fn: Fn) => {
    const fits = columnsFor(fn, columns).some(({ name }) => name === column);
    put(id, { fn, column: fits ? column : null });
  };
  const names = measureNames(measures);
  return (
    <div className="stack query-lines">
      {measures.map((measure, index) => {
        const name = t('share.query.aggregateOf', { number: index + 1 });
        return (
          <span className="row" key={measure.id}>
            <Space.Compact role="group" aria-label={name} className="query-line">
              <Select
                aria-label={`${name} ${t('share.query.operator')}`}
                style={{ minWidth: 120 }}
                value={measure.fn}
                onChange={(fn) => chooseFn(measure, fn)}
                options={QUESTION_AGGREGATES.map((fn) => ({ value: fn, label: t(`share.query.fns.${fn}`) }))}
              />
              <Select
                allowClear={measure.fn === 'count'}
                className="query-line-column"
                aria-label={`${name} ${t('share.query.column')}`}
                placeholder={measure.fn === 'count' ? t('share.query.rowsCounted') : t('share.query.column')}
                showSearch={{ optionFilterProp: 'label' }}
                value={measure.column}
                onChange={(column: string | null) => put(measure.id, { column: column ?? null })}
                options={columnsFor(measure.fn, columns).map((each) => ({
                  value: each.name,
                  label: `${pick(each.title)} ${each.name}`,
                }))}
              />
              <Button
                icon={<DeleteOutlined />}
                aria-label={t('share.query.removeAggregate', { number: index + 1 })}
                onClick={() => onChange(measures.filter(({ id }) => id !== measure.id))}
              />
            </Space.Compact>
            <code className="faint">{names[index]}</code>
          </span>
        );
      })}
      {measures.length < MEASURES_MAX && (
        <Button
          size="small"
          icon={<PlusOutlined />}
          onClick={() => onChange([...measures, { id: nextId(measures), fn: 'count', column: null }])}
        >
          {t('share.query.addAggregate')}
        </Button>
      )}
    </div>
  );
}

type SortLinesProps = {
  lines: SortLine[];
  /** what the answer can be put in order by */
  names: readonly string[];
  columns: readonly DatasetColumn[];
  onChange: (lines: SortLine[]) => void;
};
/** The order of the answer, the first line first. */
export function SortLines({ lines, names, columns, onChange }: SortLinesProps) {
  const { t } = useTranslation();
  const pick = usePick();
  const titles = new Map(columns.map(({ name, title }) => [name, pick(title)]));
  const free = names.filter((name) => !lines.some(({ by }) => by === name));
  const put = (id: number, more: Partial<SortLine>) =>
    onChange(lines.map((line) => (line.id === id ? { ...line, ...more } : line)));
  const [first] = free;
  return (
    <div className="stack query-lines">
      {lines.length === 0 && <span className="faint">{t('share.query.noSort')}</span>}
      {lines.map((line, index) => {
        const name = t('share.query.sortOf', { number: index + 1 });
        return (
          <Space.Compact key={line.id} role="group" aria-label={name} className="query-line">
            <Select
              className="query-line-column"
              aria-label={`${name} ${t('share.query.column')}`}
              showSearch={{ optionFilterProp: 'label' }}
              value={line.by}
              onChange={(by) => put(line.id, { by })}
              options={[line.by, ...free].map((value) => ({
                value,
                label: titles.has(value) ? `${titles.get(value)} ${value}` : value,
              }))}
            />
            <Select
              aria-label={`${name} ${t('share.query.sort')}`}
              style={{ minWidth: 110 }}
              value={line.order}
              onChange={(order) => put(line.id, { order })}
              options={(['asc', 'desc'] as const).map((value) => ({
                value,
                label: t(`share.query.${value}`),
              }))}
            />
            <Button
              icon={<DeleteOutlined />}
              aria-label={t('share.query.removeSort', { number: index + 1 })}
              onClick={() => onChange(lines.filter(({ id }) => id !== line.id))}
            />
          </Space.Compact>
        );
      })}
      {first !== undefined && lines.length < SORTS_MAX && (
        <Button
          size="small"
          icon={<PlusOutlined />}
          onClick={() => onChange([...lines, { id: nextId(lines), by: first, order: 'asc' }])}
        >
          {t('share.query.addSort')}
        </Button>
      )}
    </div>
  );
}
