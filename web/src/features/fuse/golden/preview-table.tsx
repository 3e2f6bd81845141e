import type { SurvivorshipPreview } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { DataTable } from '../../../components/data-table.tsx';
import { useDictionaries } from '../../../lib/dictionaries.ts';
import { useGoldenText } from '../golden-text.ts';

/** What a change of how values are chosen would do: how many, of what, and examples. */
export function PreviewTable({ preview }: { preview: SurvivorshipPreview }) {
  const { t } = useTranslation();
  const dictionaries = useDictionaries();
  const goldenText = useGoldenText();
  const nameOf = (attribute: string) => dictionaries.name('attributes', attribute) ?? attribute;
  const { enterprises, looked, changed, attributes, examples } = preview;
  const text = (attribute: SurvivorshipPreview['examples'][number]['attribute'], value: string | null) =>
    value === null ? t('fuse.enterprise.missing') : goldenText({ attribute, value, label: null });
  return (
    <section aria-live="polite" aria-label={t('golden.choosing.preview')}>
      <p>
        <strong>{t('golden.choosing.previewed', { looked, enterprises, changed })}</strong>{' '}
        {attributes.map((one) => `${nameOf(one.attribute)} ${one.changed}`).join(' · ')}
      </p>
      {examples.length > 0 && (
        <DataTable
          label={t('golden.choosing.preview')}
          rows={examples}
          rowKey={(row) => `${row.enterprise} ${row.attribute}`}
          columns={[
            { key: 'name', title: t('fuse.enterprises.name'), minWidth: 180, render: (row) => row.name },
            {
              key: 'attribute',
              title: t('golden.choosing.attribute'),
              render: (row) => nameOf(row.attribute),
            },
            {
              key: 'before',
              title: t('golden.choosing.before'),
              minWidth: 140,
              render: (row) => text(row.attribute, row.before),
            },
            {
              key: 'after',
              title: t('golden.choosing.after'),
              minWidth: 140,
              render: (row) => text(row.attribute, row.after),
            },
          ]}
        />
      )}
    </section>
  );
}
