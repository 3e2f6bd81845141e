import { Alert, Input, Modal, Radio } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataTable } from '../../../components/data-table.tsx';
import { checkValue, type ValueIssue } from '../form/check-value.ts';
import { useFaultText, useFieldTexts, useForm } from '../form/form-context.ts';
import type { Dict, JsonSchema } from '../form/json-schema.ts';
import { joined, patternOf } from '../form/value-path.ts';
import { mergePoints } from './import-merge.ts';
import { cellFields, cellText, itemOf } from './point-columns.ts';
import { readPasted } from './point-paste.ts';

const SHOWN = 20;
type PasteDialogProps = {
  schema: JsonSchema;
  path: string;
  points: readonly unknown[];
  onClose: () => void;
  onTake: (next: readonly unknown[]) => void;
};

/** Takes rows from a spreadsheet: shows how they are understood before they are taken. */
export function PasteDialog({ schema, path, points, onClose, onTake }: PasteDialogProps) {
  const { t } = useTranslation();
  const faultText = useFaultText();
  const { protocol } = useForm();
  const texts = useFieldTexts();
  const item = itemOf(schema);
  const [text, setText] = useState('');
  const [mode, setMode] = useState<'merge' | 'append' | 'replace'>('merge');
  const label = (field: string) => texts(joined(`${path}[]`, field)).label;
  const fields = useMemo(() => cellFields(item), [item]);
  const titles = new Map(fields.map((field) => [label(field).toLowerCase(), field]));
  const pasted = text.trim() === '' ? null : readPasted(text, item, fields, titles);
  const rows = pasted?.rows ?? [];
  const faultOf = (issue: ValueIssue) => {
    const pattern = joined(`${path}[]`, patternOf(issue.path));
    return `${texts(pattern).label}：${faultText(issue, protocol, pattern)}`;
  };
  const faults = rows.map((row) => checkValue(item, row));
  const wrong = faults.filter((each) => each.length > 0).length;
  const shown = (pasted?.columns ?? []).flatMap(({ field }) => (field === null ? [] : [field]));
  const unknown = (pasted?.columns ?? []).filter(({ field, title }) => field === null && title !== '');
  return (
    <Modal
      open
      width={860}
      title={t('fleet.paste.title')}
      okText={t('fleet.paste.take', { count: rows.length })}
      okButtonProps={{ disabled: rows.length === 0 }}
      onOk={() => {
        onTake(combined(points, rows, mode));
        onClose();
      }}
      onCancel={onClose}
    >
      <div className="stack">
        <p className="faint">
          {t('fleet.paste.hint', { fields: fields.slice(0, 6).map(label).join(' · ') })}
        </p>
        <Input.TextArea
          aria-label={t('fleet.paste.title')}
          value={text}
          autoFocus
          rows={5}
          spellCheck={false}
          placeholder={t('fleet.paste.placeholder')}
          onChange={(event) => setText(event.target.value)}
        />
        {unknown.length > 0 && (
          <Alert
            type="warning"
            showIcon
            title={t('fleet.paste.unknown', { columns: unknown.map(({ title }) => title).join(' · ') })}
          />
        )}
        {wrong > 0 && <Alert type="warning" showIcon title={t('fleet.paste.wrong', { count: wrong })} />}
        {rows.length > 0 && (
          <>
            <DataTable
              label={t('fleet.paste.title')}
              rows={rows.slice(0, SHOWN).map((row, at) => ({ row, at }))}
              rowKey={({ at }) => at}
              columns={[
                ...shown.map((field) => ({
                  key: field,
                  title: label(field),
                  render: ({ row }: { row: Dict }) => cellText(row, field) || '—',
                })),
                {
                  key: 'faults',
                  minWidth: 220,
                  title: t('fleet.paste.faults'),
                  render: ({ at }) => (
                    <span className="field-fault">{(faults[at] ?? []).map(faultOf).join('；')}</span>
                  ),
                },
              ]}
            />
            {rows.length > SHOWN && (
              <span className="faint">{t('fleet.paste.more', { count: rows.length - SHOWN })}</span>
            )}
            <Radio.Group
              value={mode}
              onChange={(event) => setMode(event.target.value)}
              options={(['merge', 'append', 'replace'] as const).map((each) => ({
                value: each,
                label: t(`fleet.paste.modes.${each}`),
              }))}
            />
          </>
        )}
      </div>
    </Modal>
  );
}

/** Points with the pasted ones; merging changes the fields of points whose key is known. */
function combined(
  points: readonly unknown[],
  rows: readonly Dict[],
  mode: 'merge' | 'append' | 'replace',
): readonly unknown[] {
  if (mode === 'replace') return rows;
  if (mode === 'append') return [...points, ...rows];
  return mergePoints(points, rows);
}
