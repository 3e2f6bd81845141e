import { Select } from 'antd';

type FilterSelectProps = {
  label: string;
  all: string;
  value: string | undefined;
  options: readonly { value: string; label: string }[];
  onChange: (value: string | undefined) => void;
  width?: number;
};

/** A filter that may be empty; searchable, named for screen readers. */
export function FilterSelect({ label, all, value, options, onChange, width = 150 }: FilterSelectProps) {
  return (
    <Select
      allowClear
      showSearch={{ optionFilterProp: 'label' }}
      aria-label={label}
      placeholder={all}
      value={value ?? null}
      options={[...options]}
      onChange={(next) => onChange(next ?? undefined)}
      style={{ width }}
      popupMatchSelectWidth={false}
    />
  );
}
