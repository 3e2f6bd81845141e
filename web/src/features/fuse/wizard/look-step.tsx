import { LOOK_ROWS_MAX, type SourceConnection, type SourceLook, type TableOptions } from '@ronghe/contracts';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { Panel } from '../../../components/page.tsx';
import { Tabs } from '../../../components/tabs.tsx';
import { useFormat } from '../../../lib/use-format.ts';
import { cellText } from '../cell-text.ts';
import { PagesFoot, usePages } from '../pages.tsx';
import { ProblemTable } from '../run/problem-table.tsx';
import { ProfileTable } from '../source/profile-table.tsx';
import { ReadingOptions } from '../source/reading-options.tsx';
import { LookNotice } from './look-notice.tsx';

const ROWS_SHOWN = 50;
const PAGE_COLUMNS = 20;

type LookStepProps = {
  look: SourceLook;
  connection: SourceConnection;
  busy: boolean;
  onOptions: (options: TableOptions) => void;
  onBack: () => void;
  onNext: () => void;
};

/** The rows as they were read, how they were read, and what the reader stumbled over. */
export function LookStep({ look, connection, busy, onOptions, onBack, onNext }: LookStepProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [part, setPart] = useState<'rows' | 'profile' | 'problems'>('rows');
  const isFile = connection.kind === 'upload' || connection.kind === 'folder';
  const { profile } = look;
  const isBeginning = profile.rows >= LOOK_ROWS_MAX;
  return (
    <>
      {isFile && (
        <Panel title={t('wizard.look.how')}>
          <p className="faint" style={{ marginBottom: 10 }}>
            {t('wizard.look.howHint')}
          </p>
          <ReadingOptions value={look.options} sheets={look.sheets} disabled={busy} onChange={onOptions} />
        </Panel>
      )}
      <div className="row" role="status">
        <strong>
          {t('source.profile.summary', {
            rows: format.number(profile.rows, 0),
            columns: format.number(look.columns.length, 0),
          })}
        </strong>
        <span className="faint">
          {busy ? t('wizard.looking') : t(isBeginning ? 'wizard.look.beginning' : 'wizard.look.sample')}
        </span>
      </div>
      {!busy && <LookNotice profile={profile} onShow={() => setPart('problems')} />}
      <div aria-busy={busy}>
        <Tabs
          label={t('wizard.step.look')}
          active={part}
          onChange={setPart}
          items={[
            { key: 'rows', label: t('wizard.look.rows'), children: <Rows look={look} /> },
            {
              key: 'problems',
              label: `${t('wizard.look.problems')} ${format.number(profile.problemCount, 0)}`,
              children: (
                <div className="panel">
                  <ProblemTable problems={profile.problems} empty={t('wizard.look.noProblems')} />
                </div>
              ),
            },
            {
              key: 'profile',
              label: t('source.tabs.profile'),
              children: <ProfileTable profile={profile} />,
            },
          ]}
        />
      </div>
      <div className="wizard-foot">
        <Button onClick={onBack}>{t('wizard.back')}</Button>
        <Button type="primary" disabled={busy || look.columns.length === 0} onClick={onNext}>
          {t('wizard.look.next')}
        </Button>
      </div>
    </>
  );
}

type ReadRow = { index: number; row: Record<string, unknown> };
function Rows({ look }: { look: SourceLook }) {
  const { t } = useTranslation();
  const pages = usePages(look.columns, PAGE_COLUMNS);
  if (look.rows.length === 0)
    return (
      <div className="panel empty">
        <strong>{t('wizard.look.noRows')}</strong>
        <span>{t('wizard.look.noRowsHint')}</span>
      </div>
    );
  const columns: Column<ReadRow>[] = [
    { key: '#', title: '#', nowrap: true, render: ({ index }) => index + 1 },
    ...pages.shown.map(
      (name): Column<ReadRow> => ({
        key: `column ${name}`,
        title: name,
        render: ({ row }) => cellText(row[name]) ?? <span className="faint">—</span>,
      }),
    ),
  ];
  return (
    <div className="panel look-rows">
      <DataTable
        label={t('wizard.look.rows')}
        rows={look.rows.slice(0, ROWS_SHOWN).map((row, index) => ({ index, row }))}
        rowKey={({ index }) => index}
        columns={columns}
      />
      <PagesFoot pages={pages} label={t('source.columns')} />
    </div>
  );
}
