import { type FieldMapping, SOURCE_DATASET_PREFIX, SOURCE_DATASETS_MAX } from '@ronghe/contracts';
import { type Kysely, sql } from 'kysely';
import type { DatasetOffer } from '#platform/datasets/offer.ts';
import { withinSubtrees } from '#platform/datasets/subtree.store.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import { quote } from '#platform/db/sql-parameters.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createUnscopedRecordStore, currentParams } from '../sources/records.store.ts';
import type { Visible } from '../sources/records.ts';
import { type KeptSharing, ORGANISATION_COLUMN, offeredColumns } from './shared.ts';

const TABLE = 'fuse.record';
type Shared = {
  source: string;
  name: string;
  revision: number;
  content: KeptSharing;
  mapping: number;
  organisation: string;
  sourceName: string;
  mappings: FieldMapping[];
  rowKey: string[];
  periodField: string | null;
};
/** What readers may see now, and the run that most of it lies in. */
type Sight = Visible & { base: number };

/** Sources that are shared, as offers. Works before anybody is known: who sees what of them is decided by who reads the offers. */
export function createUnscopedShelfStore(db: Kysely<FuseTables>, analytics: Analytics) {
  const records = createUnscopedRecordStore(db, analytics);
  const all = () =>
    db
      .selectFrom('fuse.source_dataset as dataset')
      .innerJoin('fuse.source as source', 'source.id', 'dataset.source')
      .where('dataset.shared', '=', true)
      .where('source.deleted_at', 'is', null);

  /** @throws NOT_FOUND when it was taken back a moment ago */
  async function sightOf({ source, name }: Shared, before: Sight | null): Promise<Sight> {
    const there = await all()
      .select('dataset.source')
      .where('dataset.source', '=', source)
      .executeTakeFirst();
    if (!there) throw new AppError('NOT_FOUND', { thing: `dataset ${SOURCE_DATASET_PREFIX}${name}` });
    const visible = (await records.visible([source])).get(source) ?? { upTo: 0, except: [] };
    if (before && before.upTo === visible.upTo && before.except.join() === visible.except.join())
      return before;
    return { ...visible, base: (await currentParams(analytics, source, visible)).base };
  }

  return {
    /** A name of what is shared now: mappings, names and organisations included. */
    async state(): Promise<string> {
      const row = await all()
        .select(
          sql<string>`md5(coalesce(string_agg(concat_ws(':', dataset.source, dataset.revision, source.mapping,
            source.organisation), ',' order by dataset.source), ''))`.as('state'),
        )
        .executeTakeFirstOrThrow();
      return row.state;
    },

    async count(): Promise<number> {
      const { total } = await all()
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      return Number(total);
    },

    async offers(): Promise<DatasetOffer[]> {
      const rows = await all()
        .innerJoin('fuse.mapping as mapping', (join) =>
          join.onRef('mapping.source', '=', 'source.id').onRef('mapping.version', '=', 'source.mapping'),
        )
        .select(['dataset.source', 'dataset.name', 'dataset.revision', 'dataset.content', 'source.mapping'])
        .select(['source.organisation', 'source.name as sourceName', 'mapping.mappings'])
        .select(['mapping.row_key as rowKey', 'mapping.period_field as periodField'])
        .orderBy('dataset.name')
        .limit(SOURCE_DATASETS_MAX)
        .execute();
      return rows.map((row) => {
        let sight: Sight | null = null;
        return offerOf(row, {
          now: () => sight,
          async refresh() {
            sight = await sightOf(row, sight);
            return JSON.stringify([row.source, row.revision, row.mapping, sight.upTo, sight.except]);
          },
        });
      });
    },
  };
}

type Seeing = { now(): Sight | null; refresh(): Promise<string> };

function offerOf(shared: Shared, { now, refresh }: Seeing): DatasetOffer {
  const { content, name, mapping, revision, organisation, source } = shared;
  const columns = offeredColumns(content, { ...shared, name: shared.sourceName });
  const key = columns.filter(({ to }) => to === 'rowKey').map((column) => column.name);
  const said = columns.map((column) => ({ name: column.name, sql: saidOf(column) }));
  return {
    id: `${SOURCE_DATASET_PREFIX}${name}`,
    title: content.title,
    description: content.description,
    home: organisation,
    version: `${mapping}.${revision}`,
    source,
    columns: [...columns.map(({ to: _to, ...column }) => column), ORGANISATION_COLUMN],
    key,
    organisationColumn: ORGANISATION_COLUMN.name,
    tables: [TABLE],
    relation({ organisations }) {
      const sight = now();
      if (!sight) throw new TypeError('a dataset of a source is refreshed before it is read');
      const own = quote(organisation);
      const inside = withinSubtrees(organisations, own);
      const list = [...said, { name: ORGANISATION_COLUMN.name, sql: own }].map(
        (column) => `${column.sql} as \`${column.name}\``,
      );
      return {
        // sql-identifier: names of columns are checked when they are shared, targets and paths are quoted literals
        sql: `select ${list.join(', ')} from (${currentRows(source, sight)}) as rh__c where ${inside}`,
        filters: { [TABLE]: `${visibleRows('', source, sight)} and ${inside}` },
      };
    },
    refresh,
  };
}

/** How a row says a column; empty texts are none. */
function saidOf({ to, type }: { to: string; type: string }): string {
  if (to === 'rowKey') return 'rh__c.row_key';
  if (to === 'findings') return 'toInt64(rh__c.findings)';
  if (to === 'period') return "nullIf(toString(rh__c.period), '')";
  const text = `arrayElement(rh__c.value_text, indexOf(rh__c.value_to, ${quote(to)}))`;
  if (type !== 'number') return `nullIf(${text}, '')`;
  return `if(isFinite(toFloat64OrNull(${text})), toFloat64OrNull(${text}), null)`;
}

/** Rows of published runs. `at` is the alias with its dot, or nothing. */
function visibleRows(at: string, source: string, { upTo, except }: Visible): string {
  const hidden = except.length === 0 ? '' : ` and ${at}number not in (${except.map(checked).join(', ')})`;
  return `${at}source = ${quote(source)} and ${at}number <= ${checked(upTo)}${hidden}`;
}

function checked(number: number): string {
  if (!Number.isSafeInteger(number) || number < 0) throw new TypeError(`${number} is no number of a run`);
  return String(number);
}

const READ = ['row_key', 'period', 'value_to', 'value_text'];
/**
 * The newest visible version of each row that is not gone, as `CURRENT` of records.store.ts finds it, with every column qualified: names of
 * whoever asks must not reach in here.
 */
function currentRows(source: string, sight: Sight): string {
  const visible = (at: string) => visibleRows(`${at}.`, source, sight);
  const base = checked(sight.base);
  const list = (at: string) =>
    [...READ.map((name) => `${at}.${name} as ${name}`), `length(${at}.finding_rule) as findings`].join(', ');
  const inBase = `rh__q.source = ${quote(source)} and rh__q.number = ${base}`;
  // sql-identifier: aliases of this file, numbers that were checked, the id of the source a quoted literal
  return `select ${list('rh__a')} from ${TABLE} as rh__a
    where rh__a.source = ${quote(source)} and rh__a.number = ${base} and rh__a.gone = 0
      and rh__a.key_hash not in (select rh__n.key_hash from ${TABLE} as rh__n where ${visible('rh__n')} and rh__n.number > ${base})
    union all
    select ${list('rh__p')} from (
      select rh__o.row_key as row_key, rh__o.period as period, rh__o.value_to as value_to, rh__o.value_text as value_text,
        rh__o.finding_rule as finding_rule, rh__o.key_hash as key_hash, rh__o.number as number, rh__o.gone as gone
      from ${TABLE} as rh__o where ${visible('rh__o')} and rh__o.number != ${base}
      order by rh__o.entity_key, rh__o.row_key, rh__o.number desc limit 1 by rh__o.entity_key, rh__o.row_key
    ) as rh__p where rh__p.gone = 0 and (rh__p.number > ${base} or rh__p.key_hash not in (
      select rh__q.key_hash from ${TABLE} as rh__q where ${inBase} and rh__q.key_hash in (
        select rh__m.key_hash from ${TABLE} as rh__m where ${visible('rh__m')} and rh__m.number < ${base})))`;
}
