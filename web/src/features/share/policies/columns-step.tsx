import { DeleteOutlined } from '@ant-design/icons';
import { Button, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { Field } from '../../../components/field.tsx';
import { usePick } from '../../../lib/use-format.ts';
import { GradeTags } from '../grade-tags.tsx';
import { MaskFields } from './mask-fields.tsx';
import { beginMask, type DraftMask, masksFor } from './policy-draft.ts';
import type { StepProps } from './step-fields.tsx';

/** Which columns, and how each of them is shown. */
export function ColumnsStep({ draft, columns, put }: StepProps) {
  const { t } = useTranslation();
  const pick = usePick();
  const options = columns.map(({ name, title }) => ({ value: name, label: `${pick(title)} ${name}` }));
  const masked = new Set(draft.masks.map(({ column }) => column));
  const choosable =
    draft.columns.length === 0 ? options : options.filter(({ value }) => draft.columns.includes(value));
  const addMask = (column: string) => {
    const type = columns.find(({ name }) => name === column)?.type;
    const [kind = 'null'] = masksFor(type).slice(1);
    put({ masks: [...draft.masks, { column, mask: beginMask(kind) }] });
  };
  const putMask = (column: string, mask: DraftMask) =>
    put({ masks: draft.masks.map((line) => (line.column === column ? { column, mask } : line)) });
  return (
    <>
      <Field
        label={t('policies.columnsChosen')}
        {...(draft.dataset === null ? { hint: t('policies.columnsNeedDataset') } : {})}
      >
        {(id) => (
          <Select
            id={id}
            mode={draft.dataset === null ? 'tags' : 'multiple'}
            showSearch={{ optionFilterProp: 'label' }}
            placeholder={t('policies.columnsAll')}
            value={draft.columns}
            onChange={(next) => put({ columns: next })}
            options={options}
          />
        )}
      </Field>
      <section aria-label={t('policies.maskTitle')} className="stack policy-masks">
        <h3>{t('policies.maskTitle')}</h3>
        <p className="faint">{t('policies.maskLead')}</p>
        {draft.masks.map(({ column, mask }) => {
          const known = columns.find(({ name }) => name === column);
          return (
            <div key={column} className="row policy-mask">
              <span className="policy-mask-name">
                {known ? pick(known.title) : null} <code>{column}</code>
              </span>
              {known && <GradeTags grade={known.grade} level={known.level} personal={known.personal} />}
              <MaskFields
                column={column}
                mask={mask}
                kinds={masksFor(known?.type)}
                onChange={(next) => putMask(column, next)}
              />
              <Button
                size="small"
                type="text"
                icon={<DeleteOutlined />}
                aria-label={t('policies.removeMask', { column })}
                onClick={() => put({ masks: draft.masks.filter((line) => line.column !== column) })}
              />
            </div>
          );
        })}
        <Select
          aria-label={t('policies.maskColumn')}
          showSearch={{ optionFilterProp: 'label' }}
          placeholder={t('policies.addMask')}
          value={null}
          onChange={(column: string | null) => column && addMask(column)}
          options={choosable.filter(({ value }) => !masked.has(value))}
          style={{ maxWidth: 320 }}
        />
      </section>
    </>
  );
}
