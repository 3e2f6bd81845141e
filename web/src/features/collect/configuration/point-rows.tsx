import type { PointRowsProps } from '../form/form-context.ts';
import { PointTable } from './point-table.tsx';

/** A list of points inside the settings, such as the columns of a query. */
export function PointRows(props: PointRowsProps) {
  return <PointTable {...props} />;
}
