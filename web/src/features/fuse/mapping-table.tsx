import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Form, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useDictionaries } from '../../lib/dictionaries.ts';
import './form.css';

/** Source field → attribute or indicator → transform, one line each. */
export function MappingTable() {
  const { t } = useTranslation();
  const dictionaries = useDictionaries();
  const required = [{ required: true, message: t('required') }];
  const targets = [...dictionaries.options('attributes'), ...dictionaries.indicators];
  const transforms = dictionaries.options('transforms');
  return (
    <Form.List name="mappings">
      {(fields, { add, remove }) => (
        <fieldset className="mapping">
          <legend className="visually-hidden">{t('fuse.sources.mappings')}</legend>
          <div className="mapping-head" aria-hidden="true">
            <span>{t('fuse.sources.from')}</span>
            <span>{t('fuse.sources.to')}</span>
            <span>{t('fuse.sources.transform')}</span>
            <span />
          </div>
          {fields.map((field, index) => (
            <div className="mapping-row" key={field.key}>
              <Form.Item name={[field.name, 'from']} rules={required} noStyle={false}>
                <Input aria-label={`${t('fuse.sources.from')} ${index + 1}`} maxLength={200} />
              </Form.Item>
              <Form.Item name={[field.name, 'to']} rules={required}>
                <Select
                  showSearch={{ optionFilterProp: 'label' }}
                  aria-label={`${t('fuse.sources.to')} ${index + 1}`}
                  options={targets}
                  popupMatchSelectWidth={false}
                />
              </Form.Item>
              <Form.Item name={[field.name, 'transform']} rules={required}>
                <Select
                  showSearch={{ optionFilterProp: 'label' }}
                  aria-label={`${t('fuse.sources.transform')} ${index + 1}`}
                  options={transforms}
                  popupMatchSelectWidth={false}
                />
              </Form.Item>
              <Button
                type="text"
                icon={<DeleteOutlined />}
                aria-label={t('fuse.sources.removeMapping', { row: index + 1 })}
                disabled={fields.length === 1}
                onClick={() => remove(field.name)}
              />
            </div>
          ))}
          <Button icon={<PlusOutlined />} onClick={() => add({ from: '', transform: 'text' })}>
            {t('fuse.sources.addMapping')}
          </Button>
        </fieldset>
      )}
    </Form.List>
  );
}
