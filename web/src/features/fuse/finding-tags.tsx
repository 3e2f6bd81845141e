import type { MappedRow } from '@ronghe/contracts';
import { Tag } from '../../components/tags.tsx';
import { usePick } from '../../lib/use-format.ts';

export type Finding = MappedRow['findings'][number];

/** What is wrong with a row, worst first. */
export function FindingTags({ findings }: { findings: readonly Finding[] }) {
  const pick = usePick();
  const sorted = [...findings].sort(
    (a, b) => Number(b.severity === 'block') - Number(a.severity === 'block'),
  );
  return (
    <span className="row">
      {sorted.map((finding) => (
        <Tag
          key={`${finding.rule} ${finding.field} ${finding.value}`}
          tone={finding.severity === 'block' ? 'bad' : 'warn'}
        >
          {finding.field === null ? '' : `${finding.field}: `}
          {pick(finding.message)}
        </Tag>
      ))}
    </span>
  );
}
