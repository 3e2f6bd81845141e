import type { QualityBreach } from '@ronghe/contracts';

type Line = {
  rule: string;
  row_key: string;
  period: string;
  field: string;
  value: string;
  expected: string;
};
const orNull = (text: string): string | null => (text === '' ? null : text);

/** A line of the table of breaches as the API shows it; empty is none. */
export const toBreach = (line: Line): QualityBreach => ({
  rule: line.rule,
  rowKey: line.row_key,
  period: orNull(line.period),
  field: orNull(line.field),
  value: orNull(line.value),
  expected: orNull(line.expected),
});
