import { Facts } from '../../components/figures.tsx';

type SourceRowProps = { row: Readonly<Record<string, unknown>>; mark?: string | null };

/** A row as the source delivered it; the marked field is the one that a finding is about. */
export function SourceRow({ row, mark }: SourceRowProps) {
  return (
    <Facts
      items={Object.entries(row).map(([field, value]) => ({
        label: field,
        value: field === mark ? <mark>{textOf(value)}</mark> : <code>{textOf(value)}</code>,
      }))}
    />
  );
}

function textOf(value: unknown): string {
  if (value === null || value === undefined || value === '') return '—';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
