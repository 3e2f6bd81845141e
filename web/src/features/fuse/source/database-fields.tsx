import { DATABASE_ENGINES, type DatabaseEngine } from '@ronghe/contracts';
import { Form, InputNumber, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import { SecretField, TextField } from './connection-inputs.tsx';
import { DATABASE_PORTS } from './connection-values.ts';
import { MongodbFields } from './mongodb-fields.tsx';
import { OfferButton } from './offer-drawer.tsx';

/** Where a database is, which of its tables is read, and by whom. A collection of MongoDB names its fields. */
export function DatabaseFields({ known, source }: { known: boolean; source?: string | undefined }) {
  const { t } = useTranslation();
  const form = Form.useFormInstance();
  const engine = Form.useWatch(['connection', 'engine'], form) as DatabaseEngine | undefined;
  const required = [{ required: true, message: t('required') }];
  const isMongodb = engine === 'mongodb';
  return (
    <>
      <Form.Item name={['connection', 'engine']} label={t('source.connection.engine')}>
        <Radio.Group
          optionType="button"
          options={DATABASE_ENGINES.map((value) => ({
            value,
            label: t(`source.connection.engines.${value}`),
          }))}
          onChange={({ target }) =>
            form.setFieldValue(['connection', 'port'], DATABASE_PORTS[target.value as DatabaseEngine])
          }
        />
      </Form.Item>
      <div className="form-grid">
        <TextField
          name="host"
          label={t('source.connection.host')}
          required
          max={253}
          placeholder="10.0.0.8"
        />
        <Form.Item name={['connection', 'port']} label={t('source.connection.port')} rules={required}>
          <InputNumber min={1} max={65_535} precision={0} style={{ width: '100%' }} />
        </Form.Item>
        <TextField name="database" label={t('source.connection.database')} required max={128} />
        <TextField
          name="username"
          label={t('source.connection.username')}
          extra={t('source.connection.readOnlyHint')}
          max={100}
        />
        <SecretField name="password" label={t('source.connection.password')} known={known} />
      </div>
      <div className="form-grid">
        {engine === 'postgresql' && (
          <TextField name="schema" label={t('source.connection.schema')} max={128} placeholder="public" />
        )}
        <TextField
          name="table"
          label={t(isMongodb ? 'source.connection.collection' : 'source.connection.table')}
          required
          max={128}
        />
      </div>
      {!isMongodb && <OfferButton kind="database" source={source} />}
      {isMongodb && <MongodbFields />}
    </>
  );
}
