import { type Kysely, sql } from 'kysely';
import type { FuseTables } from '../fuse.tables.ts';

/** What decides where some enterprises belong, and where they stand; `code` only where it is that of a node. */
export type StoredPlace = {
  code: string | null;
  division: string | null;
  home: string;
  organisation: string;
};

const nodeCode = (codes: readonly string[]) =>
  sql`case when code_valid and code = any(${[...codes]}::text[]) then code end`;

/** Where enterprises stand in the organisation tree. Works for a run, over the whole province. */
export function createUnscopedPlaceStore(db: Kysely<FuseTables>) {
  return {
    /** Each combination once: some hundred of them in a province of any size. */
    async places(codes: readonly string[]): Promise<StoredPlace[]> {
      const { rows } = await sql<StoredPlace>`
        select distinct ${nodeCode(codes)} as code, division, home_organisation as home, organisation
        from fuse.enterprise`.execute(db);
      return rows;
    },

    /** Moves the enterprises of such a place, at most so many; answers with their ids. */
    async move(
      { code, division, home, organisation }: StoredPlace,
      into: string,
      { codes, limit }: { codes: readonly string[]; limit: number },
    ): Promise<string[]> {
      const { rows } = await sql<{ id: string }>`
        update fuse.enterprise set organisation = ${into} where id in (
          select id from fuse.enterprise where organisation = ${organisation} and home_organisation = ${home}
            and division is not distinct from ${division}::text and ${nodeCode(codes)} is not distinct from ${code}::text
          limit ${limit})
        returning id`.execute(db);
      return rows.map(({ id }) => id);
    },
  };
}
