import { COLUMN_KINDS, type ConnectorTemplate } from '@ronghe/contracts';
import { Collapse } from 'antd';
import { useTranslation } from 'react-i18next';
import { DataTable } from '../../../components/data-table.tsx';
import { Markdown } from '../../../components/markdown.tsx';
import { Tag } from '../../../components/tags.tsx';
import { usePick } from '../../../lib/use-format.ts';
import { WorkbookButton } from './start-step.tsx';

/** How a template is connected, what to settle with who gives the data, and the columns to ask for. */
export function Guide({ template }: { template: ConnectorTemplate }) {
  const { t } = useTranslation();
  const pick = usePick();
  return (
    <section className="guide" aria-label={t('wizard.guide.title')}>
      <div className="row spread">
        <span className="faint">{t('wizard.guide.giver', { giver: pick(template.giver) })}</span>
        <WorkbookButton template={template} />
      </div>
      <Markdown text={pick(template.guide)} />
      <Collapse
        ghost
        size="small"
        items={[
          {
            key: 'columns',
            label: t('wizard.guide.columns', { count: template.columns.length }),
            children: <Columns template={template} />,
          },
        ]}
      />
    </section>
  );
}

function Columns({ template }: { template: ConnectorTemplate }) {
  const { t } = useTranslation();
  const pick = usePick();
  return (
    <DataTable
      label={t('wizard.guide.title')}
      rows={template.columns}
      rowKey={({ name }) => name}
      columns={[
        {
          key: 'name',
          title: t('source.columns'),
          nowrap: true,
          render: ({ name, required, sensitive }) => (
            <span className="row">
              <code>{name}</code>
              {required && <Tag tone="warn">{t('wizard.guide.required')}</Tag>}
              {sensitive && <Tag tone="info">{t('source.profile.sensitive')}</Tag>}
            </span>
          ),
        },
        {
          key: 'meaning',
          title: t('wizard.guide.meaning'),
          minWidth: 160,
          render: ({ meaning }) => pick(meaning),
        },
        {
          key: 'kind',
          title: t('source.profile.kind'),
          nowrap: true,
          render: ({ kind }) => pick(COLUMN_KINDS[kind]),
        },
        { key: 'unit', title: t('wizard.guide.unit'), nowrap: true, render: ({ unit }) => unit ?? '—' },
        { key: 'example', title: t('wizard.guide.example'), minWidth: 160, render: ({ example }) => example },
      ]}
    />
  );
}
