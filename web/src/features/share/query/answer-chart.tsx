import type { Dataset, DatasetAnswer } from '@ronghe/contracts';
import { Select } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart } from '../../../components/chart.tsx';
import { useDark } from '../../../lib/preferences.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { seriesOption } from '../series-option.ts';
import { chartOf, measuresOf } from './chart-data.ts';
import type { Question } from './draft.ts';
import { useAnswerText } from './use-answer-text.ts';

type AnswerChartProps = { dataset: Dataset; answer: DatasetAnswer; question: Question };
/** One measure of the groups: over time as lines, otherwise as bars. */
export function AnswerChart({ dataset, answer, question }: AnswerChartProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const dark = useDark();
  const text = useAnswerText(dataset, question);
  const [chosen, setChosen] = useState<string | null>(null);
  const measures = measuresOf(answer, question);
  const measure = measures.find(({ name }) => name === chosen) ?? measures[0];
  const columns = new Map(answer.columns.map((column) => [column.name, column]));
  const data = measure
    ? chartOf(answer, question, {
        measure: measure.name,
        label: (row, names) =>
          names.map((name) => text.value(row[name], columns.get(name) ?? { name, type: 'text' })).join(' · '),
      })
    : null;
  const said = JSON.stringify(data);
  const title = measure ? text.title(measure) : '';
  // biome-ignore lint/correctness/useExhaustiveDependencies: the data are compared by what they say
  const option = useMemo(
    () => (data ? seriesOption(named(data, measure?.name, title), { dark, format }) : null),
    [said, title, dark, format],
  );
  if (!measure || !data || !option) return null;
  const by = answer.columns
    .filter(({ name }) => !measures.some((each) => each.name === name))
    .map((column) => text.title(column))
    .join(t('share.listed'));
  return (
    <div className="query-chart">
      {measures.length > 1 && (
        <Select
          size="small"
          aria-label={t('share.query.aggregates')}
          value={measure.name}
          onChange={setChosen}
          popupMatchSelectWidth={false}
          options={measures.map((each) => ({ value: each.name, label: text.title(each) }))}
        />
      )}
      <Chart
        option={option}
        label={t('share.query.chartLabel', { ...{ by, measures: title }, title: dataset.table })}
        fileName={`${dataset.id}-${measure.name}`}
        height={280}
        table={{
          columns: [by, ...named(data, measure.name, title).series.map(({ name }) => name)],
          rows: data.labels.map((label, index) => [label, ...data.series.map(({ values }) => values[index])]),
        }}
        {...(data.cut ? { note: t('share.query.chartCut') } : {})}
      />
    </div>
  );
}

/** Where the measure itself is the only series it is called as people call it. */
const named = (
  data: NonNullable<ReturnType<typeof chartOf>>,
  measure: string | undefined,
  title: string,
) => ({
  ...data,
  series: data.series.map((each) => (each.name === measure ? { ...each, name: title } : each)),
});
