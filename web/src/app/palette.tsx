import { BankOutlined, DatabaseOutlined, SearchOutlined, TableOutlined } from '@ant-design/icons';
import type { DatasetSummary, EnterpriseSummary, Page, Source } from '@ronghe/contracts';
import { useNavigate } from '@tanstack/react-router';
import { Modal } from 'antd';
import { type KeyboardEvent, type ReactNode, useDeferredValue, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { findSources } from '../features/fuse/find-sources.ts';
import { isFound } from '../features/share/find-datasets.ts';
import { useGet } from '../lib/query.ts';
import { useCan } from '../lib/session.ts';
import { usePick } from '../lib/use-format.ts';
import { MENU_PAGES, PAGE_PATHS } from './pages.tsx';

const ENTERPRISES_MAX = 8;
const SOURCES_MAX = 8;
const DATASETS_MAX = 8;
type Item = {
  key: string;
  label: string;
  note: string;
  icon: ReactNode;
  group: 'pages' | 'datasets' | 'sources' | 'enterprises';
  to: string;
};
type PaletteProps = { open: boolean; onClose: () => void };

/** Goes anywhere by typing: pages, shared datasets, sources and enterprises. */
export function Palette({ open, onClose }: PaletteProps) {
  const { t } = useTranslation();
  return (
    <Modal
      open={open}
      title={<span className="visually-hidden">{t('palette.title')}</span>}
      onCancel={onClose}
      footer={null}
      closable={false}
      destroyOnHidden
      width={620}
      style={{ top: '12vh' }}
      styles={{ container: { padding: 0, overflow: 'hidden' }, header: { margin: 0, height: 0 } }}
    >
      <PaletteBody onClose={onClose} />
    </Modal>
  );
}

function PaletteBody({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const listId = useId();
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const items = useItems(text);
  const chosen = Math.min(active, items.length - 1);
  const open = (item: Item | undefined) => {
    if (!item) return;
    onClose();
    void navigate({ to: item.to });
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown') setActive(Math.min(chosen + 1, items.length - 1));
    else if (event.key === 'ArrowUp') setActive(Math.max(chosen - 1, 0));
    else if (event.key === 'Enter') open(items[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <div className="palette-input">
        <SearchOutlined aria-hidden />
        <input
          // biome-ignore lint/a11y/noAutofocus: the palette opens to be typed into
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={items[chosen] ? `${listId}-${items[chosen].key}` : undefined}
          aria-label={t('palette.placeholder')}
          placeholder={t('palette.placeholder')}
          maxLength={100}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKey}
        />
      </div>
      <div className="palette-list" id={listId} role="listbox" aria-label={t('palette.title')}>
        {items.length === 0 && <div className="empty">{t('palette.none')}</div>}
        {items.map((item, index) => (
          <div key={item.key}>
            {items[index - 1]?.group !== item.group && (
              <div className="palette-group" role="presentation">
                {t(`palette.${item.group}`)}
              </div>
            )}
            <PaletteItem
              id={`${listId}-${item.key}`}
              item={item}
              selected={index === chosen}
              onOpen={() => open(item)}
              onHover={() => setActive(index)}
            />
          </div>
        ))}
      </div>
      <div className="palette-foot">{t('palette.hint')}</div>
    </>
  );
}

type PaletteItemProps = {
  id: string;
  item: Item;
  selected: boolean;
  onOpen: () => void;
  onHover: () => void;
};
function PaletteItem({ id, item, selected, onOpen, onHover }: PaletteItemProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus and handles the keys
    // biome-ignore lint/a11y/useFocusableInteractive: aria-activedescendant points here, the focus stays in the field
    <div
      id={id}
      role="option"
      aria-selected={selected}
      className="palette-item"
      onClick={onOpen}
      onMouseMove={onHover}
      ref={(element) => {
        if (selected) element?.scrollIntoView({ block: 'nearest' });
      }}
    >
      {item.icon}
      <span>{item.label}</span>
      <small>{item.note}</small>
    </div>
  );
}

function useItems(text: string): Item[] {
  const { t } = useTranslation();
  const can = useCan();
  const search = useDeferredValue(text.trim());
  const mayRead = can('fuse:enterprise:read');
  const found = useGet<Page<EnterpriseSummary>>(
    '/api/fuse/enterprises',
    { search, limit: ENTERPRISES_MAX },
    { enabled: mayRead && search.length > 0, keep: true },
  );
  const sources = useGet<{ items: Source[] }>(
    '/api/fuse/sources',
    {},
    { enabled: can('fuse:source:read') && search.length > 0, keep: true },
  );
  const datasets = useDatasetItems(search);
  const foundSources =
    search === '' ? [] : findSources(sources.data?.items ?? [], search).slice(0, SOURCES_MAX);
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const pages = MENU_PAGES.filter((page) => can(page.permission)).map<Item>((page) => ({
    key: page.key,
    label: t(`nav.${page.key}`),
    note: t(`nav.groups.${page.group}`),
    icon: page.icon,
    group: 'pages',
    to: PAGE_PATHS[page.key],
  }));
  const matching = pages.filter((page) =>
    words.every((word) => `${page.label} ${page.note} ${page.key} ${page.to}`.toLowerCase().includes(word)),
  );
  const enterprises = search === '' ? [] : (found.data?.items ?? []);
  return [
    ...matching,
    ...datasets,
    ...foundSources.map<Item>((source) => ({
      key: source.id,
      label: source.name,
      note: source.owner,
      icon: <DatabaseOutlined aria-hidden />,
      group: 'sources',
      to: `/fuse/sources/${source.id}`,
    })),
    ...enterprises.map<Item>((enterprise) => ({
      key: enterprise.id,
      label: enterprise.name,
      note: enterprise.divisionName ?? enterprise.code ?? '',
      icon: <BankOutlined aria-hidden />,
      group: 'enterprises',
      to: `/fuse/enterprises/${enterprise.id}`,
    })),
  ];
}

/** Shared datasets whose names or description hold every word, in either language. */
function useDatasetItems(search: string): Item[] {
  const can = useCan();
  const pick = usePick();
  const query = useGet<{ items: DatasetSummary[] }>(
    '/api/share/datasets',
    {},
    { enabled: can('share:dataset:read') && search.length > 0, keep: true },
  );
  if (search === '') return [];
  return (query.data?.items ?? [])
    .filter((dataset) => isFound(dataset, search))
    .slice(0, DATASETS_MAX)
    .map(({ id, title, table }) => ({
      key: `dataset-${id}`,
      label: pick(title),
      note: table,
      icon: <TableOutlined aria-hidden />,
      group: 'datasets',
      to: `/share/datasets/${id}`,
    }));
}
