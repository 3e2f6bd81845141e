import type { DatasetSummary } from '@ronghe/contracts';

/** Whether every word stands somewhere in the names, the description or the owner of a dataset, in either language. */
export function isFound(dataset: DatasetSummary, wanted: string): boolean {
  const { id, table, title, description, ownerName } = dataset;
  const text = [id, table, title.zh, title.en, description.zh, description.en, ownerName]
    .join(' ')
    .toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
