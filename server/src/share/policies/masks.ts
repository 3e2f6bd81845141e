import type { DatasetColumnType, Mask } from '@ronghe/contracts';

/** The mask of personal columns that nobody has granted. */
export const PERSONAL_MASK: Mask = { kind: 'partial', first: 1, last: 0 };
export const NOTHING: Mask = { kind: 'null' };

const FITS: Readonly<Record<Mask['kind'], readonly DatasetColumnType[]>> = {
  null: ['text', 'integer', 'number', 'time', 'date', 'boolean'],
  hash: ['text'],
  partial: ['text'],
  band: ['integer', 'number'],
  noise: ['integer', 'number'],
  truncate: ['time', 'date'],
  division: ['text'],
};
type MaskedColumn = { type: DatasetColumnType; meaning?: 'division' };

/** Whether a mask can be put on a column without changing its type. */
export const fitsColumn = (mask: Mask, column: MaskedColumn): boolean =>
  FITS[mask.kind].includes(column.type) && (mask.kind !== 'division' || column.meaning === 'division');

/** A mask as a column can have it: one that does not fit hides the value, it never shows it. */
export const fittingMask = (mask: Mask, column: MaskedColumn): Mask =>
  fitsColumn(mask, column) ? mask : NOTHING;

const RANK: Readonly<Record<Mask['kind'], number>> = {
  partial: 1,
  noise: 2,
  band: 3,
  truncate: 3,
  division: 3,
  hash: 4,
  null: 5,
};
const PERIODS = ['hour', 'day', 'month', 'quarter', 'year'];

/** How much of a value is left, within one kind: more is stricter. */
function degree(mask: Mask): number {
  switch (mask.kind) {
    case 'partial':
      return -(mask.first + mask.last);
    case 'noise':
      return mask.share;
    case 'band':
      return mask.step;
    case 'truncate':
      return PERIODS.indexOf(mask.to);
    case 'division':
      return -mask.digits;
    default:
      return 0;
  }
}

/** Sorts masks, the strictest first. */
export const byStrictness = (a: Mask, b: Mask): number =>
  RANK[b.kind] - RANK[a.kind] || degree(b) - degree(a);

/** Each mask once, the strictest first. */
export function distinctMasks(masks: readonly Mask[]): Mask[] {
  const known = new Map(masks.map((mask) => [JSON.stringify(mask), mask]));
  return [...known.values()].sort(byStrictness);
}
