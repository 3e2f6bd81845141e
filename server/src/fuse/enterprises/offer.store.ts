import type { DatasetOffer, Narrowing } from '#platform/datasets/offer.ts';
import { withinSubtrees } from '#platform/datasets/subtree.store.ts';
import { ENTERPRISE_COLUMNS } from './offer.data.ts';

const TABLE = 'fuse.enterprise_row';
/** How the copy says a column; all others as they are. */
const SAID: Readonly<Record<string, string>> = {
  number: 'rh__e.enterprise',
  code_valid: "cast(rh__e.code_valid, 'Bool')",
  created_at: "toDateTime64(rh__e.created_at, 6, 'UTC')",
  updated_at: "toDateTime64(rh__e.updated_at, 6, 'UTC')",
};
const ALWAYS = new Set(['id', 'name', 'organisation', 'state']);

function said({ name, type }: (typeof ENTERPRISE_COLUMNS)[number]): string {
  const known = SAID[name];
  if (known !== undefined) return known;
  if (type === 'number') return `if(isNaN(rh__e.${name}), null, rh__e.${name})`;
  if (type !== 'text') return `rh__e.${name}`;
  return ALWAYS.has(name) ? `toString(rh__e.${name})` : `nullIf(toString(rh__e.${name}), '')`;
}

/** Numbers are the order in which rows lie: a few of them are a few blocks to read. */
function byNumber({ column, op, values }: Narrowing): string {
  if (column !== 'number' || op === 'startsWith') return '';
  const numbers = values.filter(
    (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0,
  );
  return numbers.length === values.length && numbers.length > 0
    ? ` and rh__e.enterprise in (${numbers.join(', ')})`
    : '';
}

/** The enterprise database as a dataset. The gateway decides who sees what; rows outside what it asks for are never read. */
export const unscopedEnterpriseOffer = (refresh: () => Promise<string | null>): DatasetOffer => ({
  id: 'enterprises',
  title: { zh: '企业库', en: 'Enterprises' },
  description: {
    zh: '每家企业一行的黄金记录，各属性已按取值规则选定',
    en: 'Golden records, one row an enterprise, each value chosen by the rules of survivorship',
  },
  columns: ENTERPRISE_COLUMNS,
  key: ['id'],
  organisationColumn: 'organisation',
  tables: [TABLE],
  relation({ organisations, narrow = [], columns }) {
    const read = ENTERPRISE_COLUMNS.filter(({ name }) => columns?.includes(name) ?? true);
    const list = read.map((column) => `${said(column)} as ${column.name}`).join(', ');
    return {
      // sql-identifier: columns of our own list; paths are quoted literals
      sql: `select ${list} from fuse.enterprise_row as rh__e final
        where rh__e.active = 1 and ${withinSubtrees(organisations, 'rh__e.organisation')}${narrow.map(byNumber).join('')}`,
      filters: { [TABLE]: withinSubtrees(organisations, 'organisation') },
      columns: read.map(({ name }) => name),
    };
  },
  refresh,
});
