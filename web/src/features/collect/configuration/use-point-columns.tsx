import { CopyOutlined, DeleteOutlined, WarningFilled } from '@ant-design/icons';
import type { TrialReading } from '@ronghe/contracts';
import { Button, Checkbox, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Column } from '../../../components/data-table.tsx';
import { valueLabel } from '../../../i18n/connectors/index.ts';
import { usePreferences } from '../../../lib/preferences.ts';
import { useFieldTexts, useForm } from '../form/form-context.ts';
import type { JsonSchema } from '../form/json-schema.ts';
import { joined } from '../form/value-path.ts';
import { cellText, ownColumns } from './point-columns.ts';
import { ReadingValue } from './reading-value.tsx';

type Row = { row: number; point: unknown };
type ColumnsInput = {
  item: JsonSchema;
  path: string;
  faulty: ReadonlyMap<number, readonly string[]>;
  readings: ReadonlyMap<string, TrialReading> | undefined;
  /** null where nothing may be changed */
  selected: ReadonlySet<number> | null;
  shown: readonly number[];
  onSelect: (next: ReadonlySet<number>) => void;
  onOpen: (row: number) => void;
  onDuplicate: (row: number) => void;
  onRemove: (row: number) => void;
};

/** Columns of a table of points: key and name, the protocol's own, the common ones, and the value of a trial. */
export function usePointColumns(input: ColumnsInput): Column<Row>[] {
  const { t } = useTranslation();
  const { locale } = usePreferences();
  const texts = useFieldTexts();
  const { protocol } = useForm();
  const { item, path, readings, selected } = input;
  const title = (field: string) => texts(joined(`${path}[]`, field)).label;
  const own = ownColumns(item, protocol);
  const common = ['type', 'unit', 'equipment'].filter((field) => item.properties?.[field]);
  const field = (name: string): Column<Row> => ({
    key: name,
    title: title(name),
    ...(own.includes(name) ? {} : { nowrap: true }),
    render: ({ point }) => {
      const text = cellText(point, name);
      if (own.includes(name)) return text === '' ? <span className="faint">—</span> : <code>{text}</code>;
      return text === '' ? (
        <span className="faint">—</span>
      ) : name === 'type' ? (
        valueLabel(text, locale)
      ) : (
        text
      );
    },
  });
  return [
    { key: 'key', title: title('key'), minWidth: 180, render: (row) => <KeyCell {...row} {...input} /> },
    ...own.map(field),
    ...common.map(field),
    ...(readings
      ? [
          {
            key: 'reading',
            title: t('fleet.trial.reading'),
            align: 'end' as const,
            nowrap: true,
            render: ({ point }: Row) => <ReadingValue reading={readings.get(cellText(point, 'key'))} />,
          },
        ]
      : []),
    ...(selected
      ? [
          {
            key: 'actions',
            title: <span className="visually-hidden">{t('action.more')}</span>,
            align: 'end' as const,
            nowrap: true,
            render: ({ row, point }: Row) => (
              <span className="row nowrap-row end">
                <Button
                  type="text"
                  size="small"
                  icon={<CopyOutlined />}
                  aria-label={`${t('fleet.points.duplicate')} ${cellText(point, 'key')}`}
                  title={t('fleet.points.duplicate')}
                  onClick={() => input.onDuplicate(row)}
                />
                <Button
                  type="text"
                  size="small"
                  icon={<DeleteOutlined />}
                  aria-label={`${t('fleet.points.delete')} ${cellText(point, 'key')}`}
                  title={t('fleet.points.delete')}
                  onClick={() => input.onRemove(row)}
                />
              </span>
            ),
          },
        ]
      : []),
  ];
}

/** Box to choose, mark of a problem, key to open, name beneath. */
function KeyCell({ row, point, faulty, selected, onSelect, onOpen }: Row & ColumnsInput) {
  const { t } = useTranslation();
  const faults = faulty.get(row);
  const key = cellText(point, 'key');
  const toggle = (on: boolean) => {
    const next = new Set(selected);
    if (on) next.add(row);
    else next.delete(row);
    onSelect(next);
  };
  return (
    <span className="key-cell">
      {selected && (
        <Checkbox
          checked={selected.has(row)}
          aria-label={t('fleet.points.select', { key: key || row + 1 })}
          onChange={(event) => toggle(event.target.checked)}
        />
      )}
      <span>
        <Button type="link" size="small" className="cell-link" onClick={() => onOpen(row)}>
          {key === '' ? t('fleet.points.noKey') : key}
        </Button>
        {faults && (
          <Tooltip title={faults.join('；')}>
            <span className="fault-mark" role="img" aria-label={faults.join('; ')}>
              <WarningFilled aria-hidden />
            </span>
          </Tooltip>
        )}
        {cellText(point, 'name') !== '' && <div className="faint">{cellText(point, 'name')}</div>}
      </span>
    </span>
  );
}
