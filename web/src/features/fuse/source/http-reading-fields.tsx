import { Collapse, Form, Input, InputNumber, Select } from 'antd';
import { useTranslation } from 'react-i18next';

const TEXTS = [
  ['pageParameter', 'pageNo'],
  ['sizeParameter', 'pageSize'],
  ['itemsField', 'data.list'],
  ['totalField', 'data.total'],
  ['cursorField', 'next'],
  ['statusField', 'code'],
  ['statusOk', '0'],
  ['sinceParameter', ''],
  ['usernameField', 'username'],
  ['passwordField', 'password'],
  ['tokenField', 'data.access_token'],
  ['tokenHeader', 'authorization'],
] as const;
const PAGINGS = ['page', 'offset', 'cursor', 'link', 'none'] as const;

/** How an HTTP interface pages and signs in; folded away, since the defaults fit most. */
export function HttpReadingFields() {
  const { t } = useTranslation();
  const fields = (
    <div className="form-grid">
      <Form.Item name={['connection', 'reading', 'paging']} label={t('source.http.paging')}>
        <Select
          allowClear
          placeholder={t('source.http.pagings.page')}
          options={PAGINGS.map((value) => ({ value, label: t(`source.http.pagings.${value}`) }))}
        />
      </Form.Item>
      <Form.Item name={['connection', 'reading', 'firstPage']} label={t('source.http.firstPage')}>
        <InputNumber min={0} max={1} precision={0} placeholder="1" style={{ width: '100%' }} />
      </Form.Item>
      <Form.Item name={['connection', 'reading', 'pageSize']} label={t('source.http.pageSize')}>
        <InputNumber min={1} max={5_000} precision={0} placeholder="200" style={{ width: '100%' }} />
      </Form.Item>
      {TEXTS.map(([name, usual]) => (
        <Form.Item key={name} name={['connection', 'reading', name]} label={t(`source.http.${name}`)}>
          <Input maxLength={100} placeholder={usual} spellCheck={false} autoComplete="off" />
        </Form.Item>
      ))}
    </div>
  );
  return (
    <Collapse
      ghost
      size="small"
      items={[{ key: 'reading', label: t('source.http.title'), children: fields, forceRender: true }]}
    />
  );
}
