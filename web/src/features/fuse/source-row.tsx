import { Facts } from '../../components/figures.tsx';
import { cellText } from './cell-text.ts';

type SourceRowProps = { row: Readonly<Record<string, unknown>>; mark?: string | null };

/** A row as the source delivered it; the marked field is the one that a finding is about. */
export function SourceRow({ row, mark }: SourceRowProps) {
  return (
    <Facts
      items={Object.entries(row).map(([field, value]) => {
        const text = cellText(value) ?? '—';
        return { label: field, value: field === mark ? <mark>{text}</mark> : <code>{text}</code> };
      })}
    />
  );
}
