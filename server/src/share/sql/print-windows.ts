import { quoteChecked, quoteText } from './quoting.ts';
import type { Expression, FrameBound, Order, WindowSpec } from './tree.ts';

type Print = (value: Expression) => string;

/** A window in its brackets. */
export function printWindow({ base, partition, order, frame }: WindowSpec, print: Print): string {
  const pieces = [
    base === null ? '' : quoteChecked(base),
    partition.length === 0 ? '' : `PARTITION BY ${partition.map(print).join(', ')}`,
    order.length === 0 ? '' : `ORDER BY ${order.map((item) => printOrder(item, print)).join(', ')}`,
    frame === null ? '' : printFrame(frame, print),
  ];
  return `(${pieces.filter((piece) => piece !== '').join(' ')})`;
}

/** One item of ORDER BY. */
export function printOrder({ value, descending, nulls, collate, fill }: Order, print: Print): string {
  const after = (word: string, part: Expression | null) => (part === null ? '' : ` ${word} ${print(part)}`);
  const filled =
    fill === null
      ? ''
      : // sql-identifier: each piece is printed by us from the checked tree
        ` WITH FILL${after('FROM', fill.from)}${after('TO', fill.to)}${after('STEP', fill.step)}${after('STALENESS', fill.staleness)}`;
  return [
    `${print(value)} ${descending ? 'DESC' : 'ASC'}`,
    nulls === null ? '' : ` NULLS ${nulls}`,
    collate === null ? '' : ` COLLATE ${quoteText(collate)}`,
    filled,
  ].join('');
}

function printFrame({ unit, from, to }: NonNullable<WindowSpec['frame']>, print: Print): string {
  return to === null
    ? `${unit} ${printBound(from, print)}`
    : `${unit} BETWEEN ${printBound(from, print)} AND ${printBound(to, print)}`;
}

function printBound(bound: FrameBound, print: Print): string {
  if (bound.kind === 'current') return 'CURRENT ROW';
  return `${bound.rows === null ? 'UNBOUNDED' : print(bound.rows)} ${bound.side}`;
}
