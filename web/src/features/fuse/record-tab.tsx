import { InfoCircleOutlined } from '@ant-design/icons';
import type { Enterprise, EnterpriseAttribute, GoldenValue } from '@ronghe/contracts';
import { Drawer } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataTable } from '../../components/data-table.tsx';
import { Tag } from '../../components/tags.tsx';
import { useDictionaries } from '../../lib/dictionaries.ts';
import { useCan } from '../../lib/session.ts';
import { usePick } from '../../lib/use-format.ts';
import { PinPanel } from './golden/pin-panel.tsx';
import { ValueHistory } from './golden/value-history.tsx';
import { useGoldenText } from './golden-text.ts';
import { Provenance } from './provenance.tsx';

type Row = { attribute: EnterpriseAttribute; title: string; golden: GoldenValue | undefined };

/** The golden record: each value with its source and rule, explained by one click or Enter. */
export function RecordTab({ enterprise }: { enterprise: Enterprise }) {
  const { t } = useTranslation();
  const pick = usePick();
  const dictionaries = useDictionaries();
  const goldenText = useGoldenText();
  const [shown, setShown] = useState<EnterpriseAttribute | null>(null);
  const rows = useRows(enterprise);
  const golden = enterprise.values.find((value) => value.attribute === shown);
  const mayPin = useCan()('fuse:pin:write');
  const name = (attribute: string) => dictionaries.name('attributes', attribute) ?? attribute;
  return (
    <div className="panel">
      <DataTable
        label={t('fuse.enterprise.tabs.record')}
        rows={rows}
        rowKey={(row) => row.attribute}
        onOpen={(row) => (row.golden || mayPin) && setShown(row.attribute)}
        columns={[
          {
            key: 'attribute',
            title: t('fuse.enterprise.attribute'),
            nowrap: true,
            render: (row) => row.title,
          },
          {
            key: 'value',
            title: t('fuse.enterprise.value'),
            minWidth: 220,
            render: (row) =>
              row.golden ? (
                <button
                  type="button"
                  className="plain golden"
                  aria-haspopup="dialog"
                  onClick={() => setShown(row.golden?.attribute ?? null)}
                >
                  <span>{goldenText(row.golden)}</span>
                  <span className="visually-hidden">
                    {t('fuse.enterprise.explain', { attribute: row.title })}
                  </span>
                  <InfoCircleOutlined aria-hidden />
                </button>
              ) : (
                <span className="row faint">
                  {t('fuse.enterprise.missing')}
                  {mayPin && (
                    <button
                      type="button"
                      className="plain golden"
                      aria-haspopup="dialog"
                      onClick={() => setShown(row.attribute)}
                    >
                      <span>{t('golden.pin.fix')}</span>
                      <span className="visually-hidden">{row.title}</span>
                    </button>
                  )}
                </span>
              ),
          },
          {
            key: 'source',
            title: t('fuse.enterprise.source'),
            nowrap: true,
            render: (row) => row.golden && <Said golden={row.golden} />,
          },
          {
            key: 'rule',
            title: t('fuse.enterprise.rule'),
            render: (row) => (row.golden ? <span className="faint">{pick(row.golden.ruleText)}</span> : ''),
          },
          {
            key: 'others',
            title: t('fuse.enterprise.others'),
            nowrap: true,
            render: (row) =>
              row.golden && row.golden.others.length > 0 ? <OtherCount golden={row.golden} /> : '',
          },
        ]}
      />
      <Drawer
        open={shown !== null}
        onClose={() => setShown(null)}
        size={480}
        title={shown ? `${name(shown)} · ${t('fuse.enterprise.provenance')}` : ''}
        destroyOnHidden
      >
        {shown && (
          <div className="stack">
            {golden && <Provenance golden={golden} />}
            <PinPanel
              key={shown}
              enterprise={enterprise.id}
              attribute={shown}
              title={name(shown)}
              golden={golden}
            />
            <ValueHistory enterprise={enterprise.id} attribute={shown} />
          </div>
        )}
      </Drawer>
    </div>
  );
}

/** Who says a value: the source, or the person who pinned it; with a mark where trusted sources disagree. */
function Said({ golden }: { golden: GoldenValue }) {
  const { t } = useTranslation();
  const isPinned = golden.pin !== null;
  return (
    <span className="row" style={{ gap: 4, flexWrap: 'nowrap' }}>
      {isPinned ? t('golden.pin.by', { name: golden.sourceName }) : golden.sourceName}
      {golden.conflict && <Tag tone="warn">{t('golden.conflict')}</Tag>}
    </span>
  );
}

/** How many other sources agree with the value and how many say something else. */
function OtherCount({ golden }: { golden: GoldenValue }) {
  const { t } = useTranslation();
  const sources = (agrees: boolean) =>
    new Set(
      golden.others
        .filter(({ value, source }) => (value === golden.value) === agrees && source !== golden.source)
        .map(({ source }) => source),
    ).size;
  const [differ, agree] = [sources(false), sources(true)];
  return (
    <span className="row" style={{ gap: 4, flexWrap: 'nowrap' }}>
      {differ > 0 && <Tag tone="warn">{t('fuse.enterprise.differCount', { count: differ })}</Tag>}
      {agree > 0 && (
        <Tag tone="plain" icon={null}>
          {t('fuse.enterprise.agreeCount', { count: agree })}
        </Tag>
      )}
    </span>
  );
}

/** All attributes in the order a person reads them; those without a value too, so that gaps are seen. */
function useRows(enterprise: Enterprise): Row[] {
  const dictionaries = useDictionaries();
  const known = new Map(enterprise.values.map((value) => [value.attribute as string, value]));
  const listed = dictionaries.options('attributes');
  const names = listed.length > 0 ? listed : [...known.keys()].map((key) => ({ value: key, label: key }));
  return names.map(({ value, label }) => ({
    attribute: value as EnterpriseAttribute,
    title: label,
    golden: known.get(value),
  }));
}
