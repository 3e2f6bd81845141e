import { CaretDownOutlined, CaretRightOutlined } from '@ant-design/icons';
import type { BrowseItem, ConnectionDocument } from '@ronghe/contracts';
import { Button, Checkbox, Drawer, Input } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Failure, Loading } from '../../../components/data-state.tsx';
import { valueLabel } from '../../../i18n/connectors/index.ts';
import { usePreferences } from '../../../lib/preferences.ts';
import { type Dict, isDict, type JsonSchema } from '../form/json-schema.ts';
import { useEditor } from './editor-context.ts';
import { addressField, itemOf } from './point-columns.ts';
import { suggestKey } from './point-key.ts';
import { useBrowse } from './use-ask.ts';

/** Most entries of one level that are asked for. */
const LEVEL_ITEMS_MAX = 500;

type Found = { item: BrowseItem; names: readonly string[] };
type BrowseDrawerProps = {
  schema: JsonSchema;
  connection: ConnectionDocument;
  onClose: () => void;
  onAdd: (points: readonly Dict[]) => void;
};

/** What the device offers, level by level; chosen points are added with a key made of their names. */
export function BrowseDrawer({ schema, connection, onClose, onAdd }: BrowseDrawerProps) {
  const { t } = useTranslation();
  const [visit] = useState(() => String(performance.now()));
  const [chosen, setChosen] = useState<ReadonlyMap<string, Found>>(new Map());
  const [prefix, setPrefix] = useState(connection.name);
  const points = Array.isArray(connection.points) ? connection.points : [];
  const field = addressField(itemOf(schema));
  const present = useMemo(
    () => new Set(points.flatMap((point) => (isDict(point) && field ? [String(point[field])] : []))),
    [points, field],
  );
  const toggle = (found: readonly Found[], on: boolean) => {
    const next = new Map(chosen);
    for (const each of found) {
      if (on) next.set(each.item.id, each);
      else next.delete(each.item.id);
    }
    setChosen(next);
  };
  const add = () => onAdd(pointsOf([...chosen.values()], { schema, points, prefix }));
  return (
    <Drawer
      open
      onClose={onClose}
      size={640}
      title={t('fleet.browse.title', { name: connection.name })}
      footer={
        <div className="row spread">
          <span className="row">
            <label htmlFor={`prefix-${visit}`}>{t('fleet.browse.prefix')}</label>
            <Input
              id={`prefix-${visit}`}
              value={prefix}
              style={{ width: 160 }}
              spellCheck={false}
              onChange={(event) => setPrefix(event.target.value)}
            />
          </span>
          <Button type="primary" disabled={chosen.size === 0} onClick={add}>
            {t('fleet.browse.add', { count: chosen.size })}
          </Button>
        </div>
      }
    >
      <p className="faint">{t('fleet.browse.hint')}</p>
      <BrowseLevel
        visit={visit}
        connection={connection}
        node={null}
        names={[]}
        chosen={chosen}
        present={present}
        onToggle={toggle}
      />
    </Drawer>
  );
}

/** Points made of what was chosen, each under a key that is free. */
export function pointsOf(
  found: readonly Found[],
  { schema, points, prefix }: { schema: JsonSchema; points: readonly unknown[]; prefix: string },
): Dict[] {
  const item = itemOf(schema);
  const taken = new Set(points.flatMap((point) => (isDict(point) ? [String(point.key)] : [])));
  return found.map(({ item: offered, names: way }) => {
    // Where a device has no names, such as Modbus, the address says all; the ranges above it would only repeat it.
    const named = offered.name !== offered.id;
    const names = named ? way : [offered.name];
    const key = suggestKey(prefix.trim() === '' ? names : [prefix, ...names], taken);
    taken.add(key);
    const field = addressField(item);
    const own = offered.config ?? (field === null ? {} : { [field]: offered.id });
    const type = item.properties?.type;
    const typed =
      offered.type !== null && offered.type !== type?.default && type?.enum?.includes(offered.type);
    return {
      key,
      ...(named && item.properties?.name ? { name: offered.name } : {}),
      ...(typed ? { type: offered.type } : {}),
      ...(offered.unit !== null && item.properties?.unit ? { unit: offered.unit } : {}),
      ...own,
    };
  });
}

type LevelProps = {
  visit: string;
  connection: ConnectionDocument;
  node: string | null;
  /** names from the top down to this level */
  names: readonly string[];
  chosen: ReadonlyMap<string, Found>;
  present: ReadonlySet<string>;
  onToggle: (found: readonly Found[], on: boolean) => void;
};

function BrowseLevel(props: LevelProps) {
  const { visit, connection, node, names, chosen, present, onToggle } = props;
  const { t } = useTranslation();
  const { collector } = useEditor();
  const query = useBrowse(
    collector.name,
    visit,
    { kind: 'browse', connection, node, limit: LEVEL_ITEMS_MAX },
    true,
  );
  if (query.error) return <Failure error={query.error} retry={query.refetch} />;
  if (!query.data) return <Loading rows={3} />;
  const { items } = query.data;
  if (items.length === 0) return <p className="faint">{t('fleet.browse.nothing')}</p>;
  const free = items.flatMap((item) =>
    item.kind === 'point' && !present.has(item.id) ? [{ item, names: [...names, item.name] }] : [],
  );
  const all = free.length > 0 && free.every(({ item }) => chosen.has(item.id));
  return (
    <ul className="browse">
      {free.length > 1 && (
        <li>
          <Checkbox
            checked={all}
            indeterminate={!all && free.some(({ item }) => chosen.has(item.id))}
            onChange={(event) => onToggle(free, event.target.checked)}
          >
            {t('fleet.browse.allHere', { count: free.length })}
          </Checkbox>
        </li>
      )}
      {items.map((item) =>
        item.kind === 'folder' ? (
          <Folder key={item.id} {...props} item={item} />
        ) : (
          <li key={item.id}>
            <Offered
              item={item}
              present={present.has(item.id)}
              checked={chosen.has(item.id)}
              onToggle={(on) => onToggle([{ item, names: [...names, item.name] }], on)}
            />
          </li>
        ),
      )}
      {items.length >= LEVEL_ITEMS_MAX && (
        <li className="faint">{t('fleet.browse.limited', { count: LEVEL_ITEMS_MAX })}</li>
      )}
    </ul>
  );
}

function Folder({ item, ...level }: LevelProps & { item: BrowseItem }) {
  const [open, setOpen] = useState(false);
  return (
    <li>
      <button
        type="button"
        className="plain browse-folder"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {open ? <CaretDownOutlined aria-hidden /> : <CaretRightOutlined aria-hidden />} {item.name}
        {item.description && <span className="faint"> {item.description}</span>}
      </button>
      {open && <BrowseLevel {...level} node={item.id} names={[...level.names, item.name]} />}
    </li>
  );
}

type OfferedProps = {
  item: BrowseItem;
  present: boolean;
  checked: boolean;
  onToggle: (on: boolean) => void;
};
function Offered({ item, present, checked, onToggle }: OfferedProps) {
  const { t } = useTranslation();
  const { locale } = usePreferences();
  return (
    <div className="browse-point">
      <Checkbox
        checked={checked || present}
        disabled={present}
        onChange={(event) => onToggle(event.target.checked)}
      >
        {item.name}
      </Checkbox>
      <code className="faint">{item.id}</code>
      {item.type && <span className="tag">{valueLabel(item.type, locale)}</span>}
      {item.value !== undefined && item.value !== null && (
        <strong>
          {String(item.value)} {item.unit ?? ''}
        </strong>
      )}
      {(item.value === undefined || item.value === null) && item.unit && <span>{item.unit}</span>}
      {present && <span className="faint">{t('fleet.browse.present')}</span>}
      {item.description && <span className="faint">{item.description}</span>}
    </div>
  );
}
