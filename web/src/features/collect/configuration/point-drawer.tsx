import { Button, Drawer } from 'antd';
import { useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { FormContext, useForm } from '../form/form-context.ts';
import { isDict, type JsonSchema } from '../form/json-schema.ts';
import { SchemaFields } from '../form/schema-fields.tsx';
import { isWithin } from '../form/value-path.ts';
import { cellText, itemOf } from './point-columns.ts';

type PointDrawerProps = {
  schema: JsonSchema;
  path: string;
  row: number | null;
  point: unknown;
  /** field to put the cursor into */
  field: string | null;
  last: number;
  onGo: (row: number) => void;
  onClose: () => void;
  onChange: (next: unknown) => void;
};

/** One point in full, with the way to the next one. What is typed counts at once; there is nothing to confirm. */
export function PointDrawer(props: PointDrawerProps) {
  const { schema, path, row, point, field, last, onGo, onClose, onChange } = props;
  const { t } = useTranslation();
  const form = useForm();
  const place = `${path}[${row ?? 0}]`;
  const issues = useMemo(
    () => new Map([...form.issues].filter(([at]) => isWithin(at, place))),
    [form.issues, place],
  );
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (field === null || row === null) return;
    const selector = `[data-path="${CSS.escape(`${place}.${field}`)}"] :is(input, textarea, button)`;
    body.current?.querySelector<HTMLElement>(selector)?.focus();
  }, [field, row, place]);
  return (
    <Drawer
      open={row !== null && point !== undefined}
      onClose={onClose}
      size={520}
      title={cellText(point, 'key') || t('fleet.points.new')}
      destroyOnHidden
      footer={
        <div className="row spread">
          <span className="row">
            <Button disabled={row === null || row === 0} onClick={() => onGo((row ?? 1) - 1)}>
              {t('fleet.points.previous')}
            </Button>
            <Button disabled={row === null || row >= last} onClick={() => onGo((row ?? 0) + 1)}>
              {t('fleet.points.next')}
            </Button>
          </span>
          <Button type="primary" onClick={onClose}>
            {t('fleet.points.done')}
          </Button>
        </div>
      }
    >
      <div ref={body}>
        <FormContext.Provider value={{ ...form, issues, PointRows: null }}>
          <SchemaFields
            key={row}
            schema={itemOf(schema)}
            path={place}
            value={isDict(point) ? point : {}}
            onChange={onChange}
          />
        </FormContext.Provider>
      </div>
    </Drawer>
  );
}
