import { type TableOptions, TEXT_ENCODINGS } from '@ronghe/contracts';
import { Input, InputNumber, Select } from 'antd';
import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';

const FORMATS = ['xlsx', 'csv', 'json', 'jsonl', 'parquet'] as const;
const DELIMITERS = [',', ';', '\t', '|', '%', '^', '~'] as const;

type ReadingOptionsProps = {
  value: TableOptions;
  onChange: (options: TableOptions) => void;
  /** sheets that the workbook has, where that is known */
  sheets?: readonly string[];
  disabled?: boolean;
};

/** How a file is read; what is left empty is recognised from the file. Only what fits the format is asked. */
export function ReadingOptions({ value, onChange, sheets = [], disabled = false }: ReadingOptionsProps) {
  const { t } = useTranslation();
  const put = (change: { [Name in keyof TableOptions]?: TableOptions[Name] | undefined | null }) => {
    const next = Object.entries({ ...value, ...change }).filter(
      ([, option]) => option !== undefined && option !== null && option !== '',
    );
    onChange(Object.fromEntries(next));
  };
  const format = value.format;
  const isText = format === undefined || format === 'csv';
  const isJson = format === 'json';
  const isSheet = format === undefined || format === 'xlsx';
  return (
    <div className="reading-options">
      <Option label={t('source.reading.format')}>
        {(id) => (
          <Select
            id={id}
            allowClear
            disabled={disabled}
            placeholder={t('source.reading.auto')}
            value={format ?? null}
            options={FORMATS.map((name) => ({ value: name, label: t(`source.reading.formats.${name}`) }))}
            onChange={(next) => put({ format: next })}
          />
        )}
      </Option>
      {isSheet && (
        <Option label={t('source.reading.sheet')}>
          {(id) =>
            sheets.length > 0 ? (
              <Select
                id={id}
                disabled={disabled}
                value={value.sheet ?? null}
                placeholder={t('source.reading.auto')}
                options={sheets.map((sheet) => ({ value: sheet, label: sheet }))}
                onChange={(sheet) => put({ sheet })}
              />
            ) : (
              <Text id={id} disabled={disabled} value={value.sheet} onChange={(sheet) => put({ sheet })} />
            )
          }
        </Option>
      )}
      {(isSheet || isText) && (
        <Option label={t('source.reading.headerRow')}>
          {(id) => (
            <InputNumber
              id={id}
              min={0}
              max={100}
              precision={0}
              disabled={disabled}
              placeholder={t('source.reading.auto')}
              value={value.headerRow ?? null}
              changeOnBlur
              onChange={(headerRow) => put({ headerRow })}
              style={{ width: '100%' }}
            />
          )}
        </Option>
      )}
      {isText && (
        <>
          <Option label={t('source.reading.encoding')}>
            {(id) => (
              <Select
                id={id}
                disabled={disabled}
                value={value.encoding ?? 'auto'}
                options={TEXT_ENCODINGS.map((name) => ({
                  value: name,
                  label: name === 'auto' ? t('source.reading.auto') : name.toUpperCase(),
                }))}
                onChange={(encoding) => put({ encoding: encoding === 'auto' ? undefined : encoding })}
              />
            )}
          </Option>
          <Option label={t('source.reading.delimiter')}>
            {(id) => (
              <Select
                id={id}
                allowClear
                disabled={disabled}
                placeholder={t('source.reading.auto')}
                value={value.delimiter ?? null}
                options={DELIMITERS.map((sign) => ({
                  value: sign,
                  label: sign === '\t' ? t('source.reading.tab') : sign,
                }))}
                onChange={(delimiter) => put({ delimiter })}
              />
            )}
          </Option>
        </>
      )}
      {isJson && (
        <Option label={t('source.reading.itemsField')}>
          {(id) => (
            <Text
              id={id}
              disabled={disabled}
              value={value.itemsField}
              onChange={(itemsField) => put({ itemsField })}
            />
          )}
        </Option>
      )}
    </div>
  );
}

function Option({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </div>
  );
}

type TextProps = {
  id: string;
  disabled: boolean;
  value: string | undefined;
  onChange: (text: string) => void;
};
/** A text that counts when one leaves it: each letter would have the file read anew. */
function Text({ id, disabled, value, onChange }: TextProps) {
  const { t } = useTranslation();
  return (
    <Input
      key={value}
      id={id}
      disabled={disabled}
      maxLength={200}
      placeholder={t('source.reading.auto')}
      defaultValue={value ?? ''}
      onBlur={({ target }) => target.value !== (value ?? '') && onChange(target.value)}
    />
  );
}

/** `ReadingOptions` as the child of a form's field. */
export function ReadingField({
  value,
  onChange,
}: {
  value?: TableOptions;
  onChange?: (options: TableOptions) => void;
}) {
  return <ReadingOptions value={value ?? {}} onChange={(options) => onChange?.(options)} />;
}
