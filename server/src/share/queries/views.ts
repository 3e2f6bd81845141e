import {
  type Bilingual,
  DATA_LEVELS,
  type DataGrade,
  type DataLevel,
  SAVED_QUERY_PREFIX,
} from '@ronghe/contracts';
import type { ColumnOffer } from '#platform/datasets/offer.ts';
import { AppError, errorBody } from '#platform/errors/errors.ts';
import type { QueryContent } from '../share.tables.ts';
import { bindSql, type Catalog, outputsOf, parseSql, type Query } from '../sql/sql.ts';

export type SavedView = {
  name: string;
  version: number;
  organisation: string;
  content: QueryContent;
  query: Query;
};
/** A column of a dataset that a view is made of. */
export type Origin = { dataset: string; column: string };
/** A view as it stands on what is there now. */
export type ViewSight = {
  view: SavedView;
  /** datasets it reads, also through other views, and all columns it may need of them */
  base: { dataset: string; columns: string[] }[];
  /** other views that are put in, by id */
  within: string[];
  columns: ColumnOffer[];
  /** of each column, what it may be computed of */
  origins: ReadonlyMap<string, readonly Origin[]>;
  broken: Bilingual | null;
  /** broken because it needs itself, by way of others */
  circular: boolean;
};
/** What views stand on: datasets by id with their columns as graded now. */
export type Ground = {
  datasets: ReadonlyMap<string, { columns: readonly ColumnOffer[] }>;
  views: ReadonlyMap<string, SavedView>;
};

const DATABASE = 'share';
const LEVELS = Object.keys(DATA_LEVELS) as DataLevel[];
export const viewId = (name: string): string => `${SAVED_QUERY_PREFIX}${name}`;

/** The select of a saved text. @throws AppError SQL_REFUSED, SAVED_QUERY_INVALID for what is no lone select */
export function queryOf(sql: string): Query {
  const statement = parseSql(sql);
  if (statement.kind !== 'select' || statement.format !== null || Object.keys(statement.settings).length > 0)
    throw new AppError('SAVED_QUERY_INVALID', { reason: 'one SELECT without FORMAT and SETTINGS' });
  return statement.query;
}

/** Views by id, each looked at when it is asked for. */
export type Sights = { get(id: string): ViewSight | undefined };

/** The views on the ground of now. Looking asks for nothing; a view that cannot be bound says why. */
export function sightsOf(ground: Ground): Sights {
  const { datasets, views } = ground;
  const prefix = `${DATABASE}.`;
  const catalog: Catalog = {
    database: DATABASE,
    tables: {
      get(table) {
        if (!table.startsWith(prefix)) return undefined;
        const id = table.slice(prefix.length);
        const view = views.get(id);
        if (view) return { columns: view.content.types.map(({ name }) => name), view: view.query };
        const columns = datasets.get(id)?.columns;
        return columns && { columns: columns.map(({ name }) => name) };
      },
    },
  };
  const known = new Map<string, ViewSight>();
  return {
    get(id) {
      const view = views.get(id);
      if (!view) return undefined;
      const sight = known.get(id) ?? sightOf(view, { ground, catalog });
      known.set(id, sight);
      return sight;
    },
  };
}

type On = { ground: Ground; catalog: Catalog };
function sightOf(view: SavedView, { ground, catalog }: On): ViewSight {
  try {
    const statement = { kind: 'select', query: view.query, format: null, settings: {} } as const;
    const bound = bindSql(statement, catalog);
    const base = bound.tables.map((table) => ({
      dataset: table.slice(DATABASE.length + 1),
      columns: [...(bound.columns.get(table) ?? [])],
    }));
    const outputs = bound.statement.kind === 'select' ? outputsOf(bound.statement.query) : [];
    const all = base.flatMap(({ dataset, columns }) => columns.map((column) => ({ dataset, column })));
    const origins = new Map(
      view.content.types.map(({ name }, at) => {
        const names = outputs[at]?.names ?? null;
        return [name, names === null ? all : all.filter(({ column }) => names.has(column))] as const;
      }),
    );
    const columns = view.content.types.map((typed, at) =>
      columnOf(typed, {
        said: view.content.columns.find(({ name }) => name === typed.name),
        of: (origins.get(typed.name) ?? []).flatMap((origin) => offered(origin, ground) ?? []),
        isPlain: outputs[at]?.isPlain ?? false,
      }),
    );
    const within = bound.views.map((table) => table.slice(DATABASE.length + 1));
    return { view, base, within, columns, origins, broken: null, circular: false };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { view, base: [], within: [], columns: [], origins: new Map(), ...brokenBy(error) };
  }
}

const offered = ({ dataset, column }: Origin, { datasets }: Ground): ColumnOffer | undefined =>
  datasets.get(dataset)?.columns.find(({ name }) => name === column);

type Made = {
  said: QueryContent['columns'][number] | undefined;
  of: readonly ColumnOffer[];
  isPlain: boolean;
};
/** As closed as the most closed column that it may be computed of; its meaning is that of the only one, unless it was told. */
function columnOf({ name, type }: QueryContent['types'][number], { said, of, isPlain }: Made): ColumnOffer {
  const [only, ...others] = of;
  const same = others.length === 0 ? only : undefined;
  return {
    ...{ name, type },
    title: said?.title ?? same?.title ?? { zh: name, en: name },
    description: said?.description ?? same?.description ?? { zh: name, en: name },
    unit: said?.unit ?? (isPlain ? (same?.unit ?? null) : null),
    grade: of.reduce<DataGrade>((most, { grade }) => (grade > most ? grade : most), 1),
    level: of.reduce<DataLevel>(
      (most, { level }) => (LEVELS.indexOf(level) > LEVELS.indexOf(most) ? level : most),
      'general',
    ),
    personal: of.some(({ personal }) => personal),
  };
}

/** Why a view cannot be bound, for those who may read its text. */
const brokenBy = (error: AppError): Pick<ViewSight, 'broken' | 'circular'> => ({
  broken: {
    zh: errorBody(error, { locale: 'zh-CN', requestId: '' }).error.message,
    en: errorBody(error, { locale: 'en', requestId: '' }).error.message,
  },
  circular: error.code === 'SQL_REFUSED' && error.values.reason === 'recursive',
});
