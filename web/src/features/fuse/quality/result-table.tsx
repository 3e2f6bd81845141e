import { QUALITY_DIMENSIONS, type RuleResult } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { DataTable } from '../../../components/data-table.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { SEVERITY_TONES } from './severity.ts';
import '../fuse.css';

/** A rule that would hold a run is no alarm while it did not. */
const toneOf = ({ severity, failed, held }: RuleResult) =>
  failed === 0 || (severity === 'hold' && !held) ? 'plain' : SEVERITY_TONES[severity];

type ResultTableProps = { results: readonly RuleResult[]; onBreaches?: (result: RuleResult) => void };

/** What each rule checked and found, what failed first. */
export function ResultTable({ results, onBreaches }: ResultTableProps) {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const sorted = [...results].sort(
    (a, b) =>
      Number(b.held) - Number(a.held) ||
      b.failed - a.failed ||
      Number(a.skipped !== null) - Number(b.skipped !== null),
  );
  return (
    <DataTable
      label={t('board.results')}
      rows={sorted}
      rowKey={(row) => row.rule}
      columns={[
        {
          key: 'name',
          title: t('board.rule'),
          minWidth: 200,
          render: (row) => (
            <>
              {pick(row.name)}
              <div className="faint mono">{row.key}</div>
            </>
          ),
        },
        {
          key: 'dimension',
          title: t('fuse.finding.dimension'),
          nowrap: true,
          render: (row) => pick(QUALITY_DIMENSIONS[row.dimension]),
        },
        {
          key: 'severity',
          title: t('fuse.finding.severity'),
          nowrap: true,
          render: (row) => (
            <span className="row">
              <Tag tone={toneOf(row)}>{t(`board.severities.${row.severity}`)}</Tag>
              {row.held && <Tag tone="bad">{t('board.heldIt')}</Tag>}
            </span>
          ),
        },
        {
          key: 'checked',
          title: t('board.checked'),
          align: 'end',
          render: (row) => format.number(row.checked, 0),
        },
        {
          key: 'failed',
          title: t('board.failed'),
          align: 'end',
          nowrap: true,
          render: (row) =>
            row.failed === 0 || !onBreaches ? (
              format.number(row.failed, 0)
            ) : (
              <button
                type="button"
                className="plain golden"
                aria-label={t('board.breachesOf', { rule: pick(row.name), count: row.failed })}
                onClick={() => onBreaches(row)}
              >
                {format.number(row.failed, 0)}
              </button>
            ),
        },
        {
          key: 'passed',
          title: t('board.passed'),
          align: 'end',
          nowrap: true,
          render: (row) =>
            row.checked === 0 ? '—' : format.percent((row.checked - row.failed) / row.checked, 2),
        },
        {
          key: 'remedy',
          title: t('board.remedy'),
          minWidth: 220,
          render: (row) =>
            row.skipped === null ? (
              <span className="faint">{pick(row.remedy)}</span>
            ) : (
              <span className="faint">
                {t('board.skipped')} {row.skipped}
              </span>
            ),
        },
      ]}
    />
  );
}
