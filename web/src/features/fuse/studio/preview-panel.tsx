import { CheckSquareOutlined } from '@ant-design/icons';
import type { FieldMapping, MappedRow, MappingPreview } from '@ronghe/contracts';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { Tag } from '../../../components/tags.tsx';
import { usePick } from '../../../lib/use-format.ts';
import { type Finding, FindingTags } from '../finding-tags.tsx';
import { PagesFoot, usePages } from '../pages.tsx';
import { useTargets } from '../use-targets.ts';
import { fieldsOf } from './draft.ts';
import type { Preview } from './use-preview.ts';

/** Targets of one page of the preview; more do not fit beside one another. */
const PAGE_TARGETS = 10;

type PreviewPanelProps = {
  preview: Preview;
  mappings: readonly FieldMapping[];
  /** makes a test of a row; nobody may where it is left out */
  onTest?: ((row: MappedRow) => void) | undefined;
};

/** Real rows as they come beside what the draft makes of them; what is wrong is marked at its cell. */
export function PreviewPanel({ preview, mappings, onTest }: PreviewPanelProps) {
  const { t } = useTranslation();
  return (
    <div className="preview" aria-busy={preview.busy}>
      <DataState
        query={preview.query}
        rows={5}
        isEmpty={(answer) => answer.rows.length === 0 && answer.faults.length === 0}
        empty={{ title: t('studio.previewEmpty') }}
      >
        {(answer) => (
          <>
            <Faults faults={answer.faults} />
            <PreviewRows rows={answer.rows} mappings={mappings} onTest={onTest} />
          </>
        )}
      </DataState>
    </div>
  );
}

/** Why a mapping cannot be saved, in the server's words. */
export function Faults({ faults }: { faults: MappingPreview['faults'] }) {
  const { t } = useTranslation();
  if (faults.length === 0) return null;
  return (
    <div className="notice bad" role="alert">
      <div>
        <strong>{t('studio.faults')}</strong>
        {faults.map(({ path, message }) => (
          <div key={`${path} ${message}`}>
            {path !== '' && <code>{path}</code>} {message}
          </div>
        ))}
      </div>
    </div>
  );
}

type PreviewRowsProps = { rows: readonly MappedRow[] } & Pick<PreviewPanelProps, 'mappings' | 'onTest'>;
function PreviewRows({ rows, mappings, onTest }: PreviewRowsProps) {
  const { t } = useTranslation();
  const targets = useTargets();
  const pages = usePages(mappings, PAGE_TARGETS);
  const columns: Column<MappedRow>[] = [
    {
      key: 'rowKey',
      title: t('studio.rowKey'),
      minWidth: 150,
      render: (row) => (
        <span className="row">
          <code>{row.rowKey}</code>
          {row.period && <span className="tag">{row.period}</span>}
          {row.rejected && <Tag tone="bad">{t('fuse.finding.block')}</Tag>}
        </span>
      ),
    },
    ...pages.shown.map(
      (mapping, at): Column<MappedRow> => ({
        key: `${pages.from + at}`,
        title: (
          <span className="preview-title">
            <span className="faint">{mapping.from}</span>
            <span>{targets.name(mapping.to)}</span>
          </span>
        ),
        minWidth: 120,
        render: (row) => <Cell row={row} mapping={mapping} />,
      }),
    ),
    {
      key: 'findings',
      title: t('studio.findings'),
      minWidth: 160,
      render: (row) => (
        <FindingTags findings={row.findings.filter((finding) => !isAtCell(finding, mappings))} />
      ),
    },
  ];
  if (onTest)
    columns.push({
      key: 'test',
      title: <span className="visually-hidden">{t('action.more')}</span>,
      align: 'end',
      nowrap: true,
      render: (row) => (
        <Button
          size="small"
          icon={<CheckSquareOutlined />}
          aria-label={t('studio.makeTestOf', { key: row.rowKey })}
          onClick={() => onTest(row)}
        >
          {t('studio.makeTest')}
        </Button>
      ),
    });
  return (
    <>
      <DataTable
        label={t('studio.preview')}
        rows={rows.map((row, index) => ({ ...row, index }))}
        rowKey={(row) => (row as MappedRow & { index: number }).index}
        columns={columns}
      />
      <PagesFoot pages={pages} label={t('studio.mappings')} />
    </>
  );
}

const isOf = ({ field }: Finding, mapping: FieldMapping): boolean =>
  field !== null && (field === mapping.to || fieldsOf(mapping.from).includes(field));
const isAtCell = (finding: Finding, mappings: readonly FieldMapping[]): boolean =>
  mappings.some((mapping) => isOf(finding, mapping));

/** What came in, what comes out, and what is wrong with it. */
function Cell({ row, mapping }: { row: MappedRow; mapping: FieldMapping }) {
  const pick = usePick();
  const value = row.values.find(
    ({ to, field }) => to === mapping.to && fieldsOf(mapping.from).includes(field),
  );
  const raw =
    value?.raw ??
    fieldsOf(mapping.from)
      .map((field) => row.row[field])
      .find(isFilled);
  const findings = row.findings.filter((finding) => isOf(finding, mapping));
  const worst = findings.some(({ severity }) => severity === 'block')
    ? 'bad'
    : findings.length > 0
      ? 'warn'
      : '';
  const before = isFilled(raw) ? String(raw) : null;
  const after = value?.value ?? null;
  return (
    <div className={`preview-cell ${worst}`}>
      {before !== null && before !== after && <span className="preview-raw">{before}</span>}
      <span className={after === null ? 'faint' : undefined}>{after ?? '—'}</span>
      {findings.map((finding) => (
        <span key={finding.rule} className="preview-finding">
          {pick(finding.message)}
        </span>
      ))}
    </div>
  );
}

const isFilled = (value: unknown): boolean => value !== undefined && value !== null && value !== '';
