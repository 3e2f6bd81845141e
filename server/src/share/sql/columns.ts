import type { Catalog } from './bind.ts';
import type { Matcher, NamePart, Source } from './tree.ts';

type Relation = { table: string; alias: string };

/** Collects which columns of which tables a statement may read: never less than it does. */
export type Columns = ReturnType<typeof createColumns>;

export function createColumns() {
  const mentioned = new Set<string>();
  const starred: { table: string; except: ReadonlySet<string> }[] = [];
  const relations: Relation[] = [];

  const mention = (name: string) => {
    mentioned.add(name);
    for (const part of name.split('.')) mentioned.add(part);
  };
  const star = (table: string, except: ReadonlySet<string> = new Set()) => starred.push({ table, except });

  return {
    mention,
    star,
    relation: (relation: Relation) => relations.push(relation),
    /** Every part of a name, alone and joined with its neighbours: columns may have dots. */
    name(parts: readonly NamePart[]) {
      const texts = parts.map((part) => (typeof part === 'string' ? part : part.parameter));
      for (let from = 0; from < texts.length; from++)
        for (let to = from + 1; to <= texts.length; to++) mention(texts.slice(from, to).join('.'));
      // An alias alone could stand for the whole row.
      if (texts.length === 1) for (const { table, alias } of relations) if (alias === texts[0]) star(table);
    },
    /** `*` of the tables a select names; one that none of them has could come from anywhere. */
    matcher({ of, columns, changes }: Matcher, sources: readonly Source[]) {
      if (columns !== null && 'names' in columns) {
        columns.names.forEach(mention);
        return;
      }
      const except = new Set(changes.flatMap((change) => (change.kind === 'except' ? change.names : [])));
      const alias = of?.at(-1);
      const meant = alias === undefined ? sources : sources.filter((source) => source.alias === alias);
      const tables =
        meant.length === 0 && alias !== undefined
          ? relations
          : meant.filter((source) => source.kind === 'relation');
      for (const { table } of tables) star(table, except);
    },
    /** For each table the columns of the catalog that are meant. */
    read(catalog: Catalog, tables: Iterable<string>): Map<string, ReadonlySet<string>> {
      const read = new Map<string, ReadonlySet<string>>();
      for (const table of tables) {
        const stars = starred.filter((one) => one.table === table);
        const columns = catalog.tables.get(table)?.columns ?? [];
        const isRead = (column: string) =>
          mentioned.has(column) || stars.some(({ except }) => !except.has(column));
        read.set(table, new Set(columns.filter(isRead)));
      }
      return read;
    },
  };
}
