import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import type { SourceConnection } from '@ronghe/contracts';
import { Button, Form, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

type MongodbField = Extract<SourceConnection, { kind: 'database' }>['fields'][number];
const KINDS = ['text', 'number', 'time'] as const;
const FIELDS_MAX = 500;
const TIME = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}|$)/;

/** Fields of documents that are read: written one by one, or taken from a document that is pasted. */
export function MongodbFields() {
  const { t } = useTranslation();
  const form = Form.useFormInstance();
  return (
    <Form.Item
      label={t('source.mongodb.fields')}
      extra={t('source.mongodb.fieldsHint')}
      required
      style={{ marginBottom: 16 }}
    >
      <FromDocument
        onFields={(fields) => {
          form.setFieldValue(['connection', 'fields'], fields);
          void form.validateFields([['connection', 'fields']]).catch(() => {});
        }}
      />
      <Form.List
        name={['connection', 'fields']}
        rules={[
          {
            validator: (_, fields: unknown) =>
              Array.isArray(fields) && fields.length > 0
                ? Promise.resolve()
                : Promise.reject(new Error(t('source.mongodb.none'))),
          },
        ]}
      >
        {(rows, { add, remove }, { errors }) => (
          <>
            {rows.map(({ key, name }) => (
              <div key={key} className="row field-row">
                <Form.Item name={[name, 'name']} rules={[{ required: true, message: t('required') }]} noStyle>
                  <Input
                    maxLength={128}
                    spellCheck={false}
                    aria-label={t('source.mongodb.name', { at: name + 1 })}
                    placeholder="name"
                  />
                </Form.Item>
                <Form.Item name={[name, 'kind']} noStyle>
                  <Select
                    aria-label={t('source.mongodb.kind', { at: name + 1 })}
                    options={KINDS.map((kind) => ({ value: kind, label: t(`source.mongodb.kinds.${kind}`) }))}
                    style={{ width: 130, flex: 'none' }}
                  />
                </Form.Item>
                <Button
                  type="text"
                  icon={<DeleteOutlined />}
                  aria-label={t('source.mongodb.remove', { at: name + 1 })}
                  onClick={() => remove(name)}
                />
              </div>
            ))}
            <Form.ErrorList errors={errors} />
            <Button
              size="small"
              icon={<PlusOutlined />}
              disabled={rows.length >= FIELDS_MAX}
              onClick={() => add({ name: '', kind: 'text' })}
            >
              {t('source.mongodb.add')}
            </Button>
          </>
        )}
      </Form.List>
    </Form.Item>
  );
}

function FromDocument({ onFields }: { onFields: (fields: MongodbField[]) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState(false);
  const take = () => {
    const fields = fieldsOfDocument(text);
    setWrong(fields === null);
    if (fields) onFields(fields);
  };
  return (
    <div style={{ marginBottom: 10 }}>
      <Input.TextArea
        rows={3}
        className="mono"
        spellCheck={false}
        value={text}
        aria-label={t('source.mongodb.document')}
        placeholder={`${t('source.mongodb.document')} {"_id": "…", "name": "…", "output": 1200}`}
        onChange={({ target }) => setText(target.value)}
      />
      <Button size="small" style={{ marginTop: 6 }} disabled={text.trim() === ''} onClick={take}>
        {t('source.mongodb.take')}
      </Button>
      {wrong && (
        <div className="notice bad" role="alert">
          {t('source.connection.jsonWrong')}
        </div>
      )}
    </div>
  );
}

/**
 * The fields of a document as the shell or an export of MongoDB writes it; what is nested is read as text. Null when the text
 * is no JSON object.
 */
export function fieldsOfDocument(text: string): MongodbField[] | null {
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document !== 'object' || document === null || Array.isArray(document)) return null;
    return Object.entries(document)
      .slice(0, FIELDS_MAX)
      .map(([name, value]) => ({ name, kind: kindOf(value) }));
  } catch {
    return null;
  }
}

function kindOf(value: unknown): MongodbField['kind'] {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'string') return TIME.test(value) ? 'time' : 'text';
  const [only, ...others] = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  if (only === undefined || others.length > 0) return 'text';
  if (only === '$date') return 'time';
  return only.startsWith('$number') ? 'number' : 'text';
}
