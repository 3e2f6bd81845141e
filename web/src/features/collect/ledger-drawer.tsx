import type { LedgerLine, LedgerOverview } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { Button, Drawer } from 'antd';
import { useTranslation } from 'react-i18next';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { csvBlob, csvOf, download } from '../../lib/download.ts';
import { useFormat } from '../../lib/use-format.ts';
import { hoursOf, ledgerState } from './ledger-state.ts';

type LedgerDrawerProps = {
  line: LedgerLine | null;
  range: Pick<LedgerOverview, 'from' | 'to'>;
  onClose: () => void;
};

/** The hours of one point in numbers, the newest first, and what the words mean. */
export function LedgerDrawer({ line, range, onClose }: LedgerDrawerProps) {
  const { t } = useTranslation();
  return (
    <Drawer
      open={line !== null}
      onClose={onClose}
      size={860}
      title={line?.name ?? ''}
      extra={line && <Export line={line} range={range} />}
      destroyOnHidden
    >
      {line && (
        <div className="stack">
          <code>{line.key}</code>
          <Hours line={line} range={range} />
          <ul className="ledger-hints">
            {EXPLAINED.map((name) => (
              <li key={name}>{t(`ledger.drawer.explain.${name}`)}</li>
            ))}
          </ul>
          <Link to="/ingest/rejects" search={{ search: line.key } as never}>
            {t('ledger.drawer.seeRejects')}
          </Link>
        </div>
      )}
    </Drawer>
  );
}
const EXPLAINED = ['filtered', 'lost', 'rejected', 'missing', 'bad', 'checksum'] as const;

type Row = ReturnType<typeof hoursOf>[number];
type Shown = { line: LedgerLine; range: Pick<LedgerOverview, 'from' | 'to'> };
const COUNTS = ['read', 'filtered', 'sent', 'lost', 'rejected', 'stored', 'bad', 'missing'] as const;

function useTitles() {
  const { t } = useTranslation();
  return {
    read: t('ledger.read'),
    filtered: t('ledger.drawer.filtered'),
    sent: t('ledger.drawer.sent'),
    lost: t('ledger.drawer.lost'),
    rejected: t('ledger.drawer.rejected'),
    stored: t('ledger.stored'),
    bad: t('ledger.bad'),
    missing: t('ledger.drawer.missing'),
  };
}

function Hours({ line, range }: Shown) {
  const { t } = useTranslation();
  const format = useFormat();
  const titles = useTitles();
  const columns: Column<Row>[] = [
    {
      key: 'hour',
      title: t('ledger.drawer.hour'),
      nowrap: true,
      render: ({ hour }) => format.dateTime(hour),
    },
    {
      key: 'state',
      title: t('ledger.drawer.state'),
      nowrap: true,
      render: ({ told }) => t(`ledger.states.${ledgerState(told)}`),
    },
    ...COUNTS.map(
      (name): Column<Row> => ({
        key: name,
        title: titles[name],
        align: 'end',
        nowrap: true,
        render: ({ told }) => (told ? format.number(told[name], 0) : '—'),
      }),
    ),
    {
      key: 'checksum',
      title: t('ledger.drawer.checksum'),
      nowrap: true,
      render: ({ told }) => t(`ledger.drawer.checksums.${told?.checksum ?? 'none'}`),
    },
  ];
  return (
    <DataTable
      label={t('ledger.hours')}
      rows={hoursOf(range, line.hours).reverse()}
      rowKey={({ hour }) => hour}
      columns={columns}
    />
  );
}

function Export({ line, range }: Shown) {
  const { t } = useTranslation();
  const titles = useTitles();
  const save = () => {
    const header = [
      t('ledger.drawer.hour'),
      t('ledger.drawer.state'),
      ...COUNTS.map((name) => titles[name]),
      t('ledger.drawer.checksum'),
    ];
    const rows = hoursOf(range, line.hours).map(({ hour, told }) => [
      hour,
      t(`ledger.states.${ledgerState(told)}`),
      ...COUNTS.map((name) => told?.[name] ?? 0),
      t(`ledger.drawer.checksums.${told?.checksum ?? 'none'}`),
    ]);
    download(csvBlob(csvOf(header, rows)), `ronghe-ledger-${line.point}.csv`);
  };
  return <Button onClick={save}>{t('ledger.csv')}</Button>;
}
