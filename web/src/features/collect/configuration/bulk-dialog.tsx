import { Checkbox, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { checkValue } from '../form/check-value.ts';
import { useFaultText, useFieldTexts, useForm } from '../form/form-context.ts';
import { type Dict, emptyOf, type JsonSchema, withKey } from '../form/json-schema.ts';
import { SchemaField } from '../form/schema-fields.tsx';
import { joined, patternOf } from '../form/value-path.ts';
import { bulkFields } from './point-columns.ts';

type BulkDialogProps = {
  item: JsonSchema;
  path: string;
  count: number;
  onClose: () => void;
  onSet: (change: (point: Dict) => Dict) => void;
};

/** Sets chosen fields of many points; an empty field takes it out of all of them. */
export function BulkDialog({ item, path, count, onClose, onSet }: BulkDialogProps) {
  const { t } = useTranslation();
  const texts = useFieldTexts();
  const faultText = useFaultText();
  const { protocol } = useForm();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [values, setValues] = useState<Dict>({});
  const faults = chosen.flatMap((field) => {
    const schema = item.properties?.[field];
    const found = schema && values[field] !== undefined ? checkValue(schema, values[field]) : [];
    return found.map((fault) => ({ ...fault, path: joined(field, fault.path) }));
  });
  const set = () =>
    onSet((point) => chosen.reduce<Dict>((next, field) => withKey(next, field, values[field]), point));
  const choose = (field: string, on: boolean) => {
    setChosen(on ? [...chosen, field] : chosen.filter((each) => each !== field));
    const schema = item.properties?.[field];
    if (on && schema && values[field] === undefined) setValues(withKey(values, field, emptyOf(schema)));
  };
  return (
    <Modal
      open
      title={t('fleet.points.bulkTitle', { count })}
      okText={t('fleet.points.bulkSet', { count })}
      okButtonProps={{ disabled: chosen.length === 0 || faults.length > 0 }}
      onOk={set}
      onCancel={onClose}
    >
      <p className="faint">{t('fleet.points.bulkHint')}</p>
      {bulkFields(item).map((field) => {
        const schema = item.properties?.[field] ?? {};
        const place = joined(`${path}[]`, field);
        return (
          <div className="bulk-field" key={field}>
            <Checkbox
              checked={chosen.includes(field)}
              onChange={(event) => choose(field, event.target.checked)}
            >
              {texts(place).label}
            </Checkbox>
            {chosen.includes(field) && (
              <SchemaField
                schema={schema}
                path={place}
                value={values[field]}
                required={false}
                secret={false}
                onChange={(next) => setValues(withKey(values, field, next))}
              />
            )}
          </div>
        );
      })}
      {faults.map((fault) => (
        <div className="field-fault" key={`${fault.path} ${fault.fault}`} role="alert">
          {texts(joined(`${path}[]`, patternOf(fault.path))).label}：
          {faultText(fault, protocol, joined(`${path}[]`, patternOf(fault.path)))}
        </div>
      ))}
    </Modal>
  );
}
