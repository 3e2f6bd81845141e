import type { Bilingual } from '@ronghe/contracts';
import type { ColumnName } from './columns.data.ts';
import { type Settings, withoutUndefined } from './draft.ts';
import type { Issues } from './issues.ts';
import type { Cell } from './table.ts';
import { bounded, numberOf, textOf } from './values.ts';

const INTERVAL = { low: 100, high: 86_400_000 } as const;

/** What happens between reading and buffer, as every protocol has it: deadband, swinging door, expected interval. */
export function conditioningOf(
  { cellOf, place }: { cellOf(column: ColumnName): Cell; place: Bilingual },
  issues: Issues,
): Settings {
  const positive = (column: ColumnName): number | null => {
    const number = numberOf(cellOf(column));
    const text = textOf(cellOf(column)).replace(/%$/, '');
    const value = number ?? (text === '' ? null : numberOf(text));
    if (textOf(cellOf(column)) !== '' && value === null)
      issues.warning(place, 'number-invalid', { field: column, value: textOf(cellOf(column)) });
    return value !== null && value > 0 ? value : null;
  };
  const whole = (column: ColumnName, field: string) =>
    bounded(cellOf(column), { field, ...INTERVAL }, issues, place);
  const heartbeatMs = whole('heartbeat', 'heartbeatMs');
  const deviation = positive('swingingDoor');
  return withoutUndefined({
    deadband: deadbandOf({ cellOf, place, positive, heartbeatMs }, issues),
    swingingDoor: deviation === null ? undefined : withoutUndefined({ deviation, heartbeatMs }),
    expectedIntervalMs: whole('expectedInterval', 'expectedIntervalMs'),
  });
}

function deadbandOf(
  row: {
    cellOf(column: ColumnName): Cell;
    place: Bilingual;
    positive(column: ColumnName): number | null;
    heartbeatMs: number | undefined;
  },
  issues: Issues,
): Settings | undefined {
  const isPercent = textOf(row.cellOf('deadband')).endsWith('%');
  const absolute = isPercent ? null : row.positive('deadband');
  if (absolute !== null) return withoutUndefined({ absolute, heartbeatMs: row.heartbeatMs });
  const percent = isPercent ? row.positive('deadband') : row.positive('deadbandPercent');
  if (percent === null) return undefined;
  const low = numberOf(row.cellOf('rangeLow'));
  const high = numberOf(row.cellOf('rangeHigh'));
  if (low === null || high === null || low >= high || percent > 100) {
    issues.warning(row.place, 'deadband-range');
    return undefined;
  }
  return withoutUndefined({ percent, range: [low, high], heartbeatMs: row.heartbeatMs });
}
