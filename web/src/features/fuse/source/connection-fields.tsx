import type { SourceKind } from '@ronghe/contracts';
import { Form, Input, Radio } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import '../form.css';
import { Choice, SecretField, TextField } from './connection-inputs.tsx';
import { isJsonObject } from './connection-values.ts';
import { DatabaseFields } from './database-fields.tsx';
import { HttpReadingFields } from './http-reading-fields.tsx';
import { OfferButton } from './offer-drawer.tsx';
import { ReadingField } from './reading-options.tsx';

type ConnectionFieldsProps = {
  kind: SourceKind;
  /** the source is there already: an empty secret stays as it is */
  known?: boolean;
  /** its id, when it is there already */
  source?: string;
};

/** Where a source is read, one set of fields for each kind; the fields lie below `connection` of the form. */
export function ConnectionFields({ kind, known = false, source }: ConnectionFieldsProps) {
  switch (kind) {
    case 'http-json':
      return <HttpFields known={known} />;
    case 'database':
      return <DatabaseFields known={known} source={source} />;
    case 'object':
      return <ObjectFields known={known} />;
    case 'program':
      return <ProgramFields known={known} source={source} />;
    case 'folder':
      return <FolderFields />;
    case 'push':
      return <PushFields />;
    case 'upload':
      return (
        <Form.Item name={['connection', 'options']}>
          <ReadingField />
        </Form.Item>
      );
  }
}

function HttpFields({ known }: { known: boolean }) {
  const { t } = useTranslation();
  return (
    <>
      <div className="form-grid">
        <TextField
          name="url"
          label={t('source.connection.url')}
          required
          max={500}
          placeholder="http://10.0.0.8:9000"
        />
        <TextField
          name="listPath"
          label={t('source.connection.listPath')}
          placeholder="/api/v1/enterprises"
        />
        <TextField
          name="tokenPath"
          label={t('source.connection.tokenPath')}
          extra={t('source.connection.tokenPathHint')}
          placeholder="/api/token"
        />
        <TextField name="username" label={t('source.connection.username')} max={100} />
        <SecretField name="password" label={t('source.connection.password')} known={known} />
      </div>
      <HttpReadingFields />
    </>
  );
}

function ObjectFields({ known }: { known: boolean }) {
  const { t } = useTranslation();
  return (
    <>
      <Choice
        name="store"
        label={t('source.connection.store')}
        options={[
          { value: 'http', label: 'HTTP(S)' },
          { value: 's3', label: 'S3' },
        ]}
      />
      <TextField
        name="url"
        label={t('source.connection.objectUrl')}
        extra={t('source.connection.objectUrlHint')}
        required
        max={1_000}
        placeholder="https://minio.example/bucket/2026-*.parquet"
      />
      <Choice
        name="format"
        label={t('source.reading.format')}
        options={(['csv', 'jsonl', 'parquet'] as const).map((value) => ({
          value,
          label: t(`source.reading.formats.${value}`),
        }))}
      />
      <div className="form-grid">
        <TextField name="accessKey" label={t('source.connection.accessKey')} />
        <SecretField name="secretKey" label={t('source.connection.secretKey')} known={known} />
      </div>
    </>
  );
}

function ProgramFields({ known, source }: { known: boolean; source?: string | undefined }) {
  const { t } = useTranslation();
  const json = [
    {
      validator: (_: unknown, text: unknown) =>
        isJsonObject(String(text ?? ''))
          ? Promise.resolve()
          : Promise.reject(new Error(t('source.connection.jsonWrong'))),
    },
  ];
  return (
    <>
      <Choice
        name="protocol"
        label={t('source.connection.protocol')}
        options={[
          { value: 'singer', label: 'Singer' },
          { value: 'airbyte', label: 'Airbyte' },
        ]}
      />
      <div className="form-grid">
        <TextField
          name="program"
          label={t('source.connection.program')}
          extra={t('source.connection.programHint')}
          required
          max={100}
          placeholder="tap-mysql"
        />
        <TextField name="stream" label={t('source.connection.stream')} required />
      </div>
      <OfferButton kind="program" source={source} />
      <Form.Item name={['connection', 'settings']} label={t('source.connection.settings')} rules={json}>
        <Input.TextArea rows={4} spellCheck={false} className="mono" />
      </Form.Item>
      <Form.Item
        name={['connection', 'secrets']}
        label={t('source.connection.secrets')}
        extra={t(known ? 'source.connection.secretKept' : 'source.connection.secretHint')}
        rules={json}
      >
        <Input.TextArea rows={2} spellCheck={false} className="mono" placeholder='{"password": "…"}' />
      </Form.Item>
    </>
  );
}

function FolderFields(): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <TextField
        name="folder"
        label={t('source.connection.folder')}
        extra={t('source.connection.folderHint')}
        required
      />
      <Form.Item name={['connection', 'options']} label={t('source.reading.title')}>
        <ReadingField />
      </Form.Item>
    </>
  );
}

function PushFields() {
  const { t } = useTranslation();
  return (
    <Form.Item name={['connection', 'format']} label={t('source.connection.pushFormat')}>
      <Radio.Group
        options={(['rows', 'debezium'] as const).map((value) => ({
          value,
          label: t(`source.connection.pushFormats.${value}`),
        }))}
      />
    </Form.Item>
  );
}
