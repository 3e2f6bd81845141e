import type { AnswerColumn, Dataset } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { NO_VALUE } from '../../../lib/format.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import type { Question } from './draft.ts';

export type Value = string | number | boolean | null;
/** Decimals of a value; more than that a reader does not see, a program does. */
const DIGITS = 6;
const YEAR_LIKE = /(?:^|_)(?:year|code|id)$/;

/** Names and values of an answer as people read them. */
export function useAnswerText(
  dataset: Pick<Dataset, 'columns'>,
  { aggregates = [], bucket }: Pick<Question, 'aggregates' | 'bucket'>,
) {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const columnTitle = (name: string) => {
    const column = dataset.columns.find((each) => each.name === name);
    return column ? pick(column.title) : name;
  };
  return {
    title({ name, title }: Pick<AnswerColumn, 'name' | 'title'>): string {
      const measure = aggregates.find(({ as }) => as === name);
      if (measure) {
        const fn = t(`share.query.fns.${measure.fn}`);
        return measure.column === undefined ? fn : `${columnTitle(measure.column)} · ${fn}`;
      }
      if (bucket && (bucket.as ?? bucket.column) === name)
        return `${columnTitle(bucket.column)} · ${t(`share.periods.${bucket.every}`)}`;
      return title ? pick(title) : name;
    },
    /** Unit of a measure of a column is that of the column, unless it counts. */
    unit({ name, unit }: Pick<AnswerColumn, 'name' | 'unit'>): string | null {
      const measure = aggregates.find(({ as }) => as === name);
      if (!measure || measure.fn === 'count' || measure.fn === 'countDistinct') return unit;
      return dataset.columns.find((each) => each.name === measure.column)?.unit ?? unit;
    },
    value(value: Value | undefined, { name, type }: Pick<AnswerColumn, 'name' | 'type'>): string {
      if (value === null || value === undefined) return NO_VALUE;
      if (typeof value === 'boolean') return t(value ? 'action.yes' : 'action.no');
      // Years and codes are no amounts: they have no thousands.
      if (typeof value === 'number')
        return YEAR_LIKE.test(name) ? String(value) : format.number(value, DIGITS);
      if (type === 'time' && value.endsWith('Z'))
        return /\.\d*[1-9]/.test(value) ? format.preciseTime(value) : format.dateTime(value);
      return value;
    },
  };
}
