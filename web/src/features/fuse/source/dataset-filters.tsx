import { CloseOutlined, FilterOutlined } from '@ant-design/icons';
import { DATASET_FILTERS_MAX, type DatasetFilter } from '@ronghe/contracts';
import { Button, Form, Input, Popover, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

const KINDS = ['contains', 'equals', 'least', 'most', 'empty', 'filled'] as const;
const takesValue = (is: DatasetFilter['is'] | undefined): boolean => is !== 'empty' && is !== 'filled';

/** Filters as they stand in the address; a text that holds none is none. */
export function filtersOf(text: string | undefined): DatasetFilter[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(value) ? (value as DatasetFilter[]) : [];
  } catch {
    return [];
  }
}

type FiltersProps = {
  filters: readonly DatasetFilter[];
  columns: readonly { value: string; label: string }[];
  onChange: (filters: DatasetFilter[]) => void;
};

/** Opens a small form that adds a condition on one column. */
export function AddFilter({ filters, columns, onChange }: FiltersProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const add = (filter: DatasetFilter) => {
    onChange([...filters, filter]);
    setOpen(false);
  };
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      trigger="click"
      placement="bottom"
      destroyOnHidden
      content={<FilterForm columns={columns} onAdd={add} />}
    >
      <Button icon={<FilterOutlined />} disabled={filters.length >= DATASET_FILTERS_MAX}>
        {t('source.filter.add')}
      </Button>
    </Popover>
  );
}

function FilterForm({
  columns,
  onAdd,
}: {
  columns: FiltersProps['columns'];
  onAdd: (filter: DatasetFilter) => void;
}) {
  const { t } = useTranslation();
  const [form] = Form.useForm<DatasetFilter>();
  const is = Form.useWatch('is', form);
  const required = [{ required: true, message: t('required') }];
  return (
    <Form
      form={form}
      layout="vertical"
      initialValues={{ is: 'contains', value: '' }}
      onFinish={({ to, is: how, value = '' }: DatasetFilter) =>
        onAdd({ to, is: how, value: takesValue(how) ? value.trim() : '' })
      }
      style={{ width: 'min(280px, 70vw)' }}
    >
      <Form.Item name="to" label={t('source.filter.column')} rules={required}>
        <Select showSearch={{ optionFilterProp: 'label' }} options={[...columns]} virtual />
      </Form.Item>
      <Form.Item name="is" label={t('source.filter.is')}>
        <Select options={KINDS.map((value) => ({ value, label: t(`source.filter.kinds.${value}`) }))} />
      </Form.Item>
      {takesValue(is) && (
        <Form.Item
          name="value"
          label={t('source.filter.value')}
          rules={[{ required: true, whitespace: true, message: t('required') }]}
        >
          <Input maxLength={200} />
        </Form.Item>
      )}
      <Button type="primary" htmlType="submit">
        {t('source.filter.apply')}
      </Button>
    </Form>
  );
}

/** The conditions that hold now, each with the way to take it off. */
export function FilterList({ filters, columns, onChange }: FiltersProps) {
  const { t } = useTranslation();
  if (filters.length === 0) return null;
  const names = new Map(columns.map(({ value, label }) => [value, label]));
  return (
    <ul className="row filter-list" aria-label={t('source.filter.list')}>
      {filters.map((filter, at) => {
        const words = [
          names.get(filter.to) ?? filter.to,
          t(`source.filter.kinds.${filter.is}`),
          filter.value,
        ];
        const text = words.filter(Boolean).join(' ');
        return (
          <li key={JSON.stringify(filter)}>
            <span className="tag">
              {text}
              <button
                type="button"
                className="plain"
                aria-label={t('source.filter.remove', { text })}
                onClick={() => onChange(filters.filter((_, other) => other !== at))}
              >
                <CloseOutlined aria-hidden />
              </button>
            </span>
          </li>
        );
      })}
    </ul>
  );
}
