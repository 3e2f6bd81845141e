import type { EnterpriseEventKind } from '@ronghe/contracts';
import type { Kysely } from 'kysely';
import type { Ids } from '#platform/clock/clock.ts';
import { createUnscopedAliasStore } from '../enterprises/aliases.store.ts';
import type { Cause } from '../enterprises/fusing.ts';
import { createUnscopedGoldenStore } from '../enterprises/golden.store.ts';
import type { EventDetail, FuseTables, MovedRecord } from '../fuse.tables.ts';
import { idOfRecord } from '../matching/constraints.ts';
import { createUnscopedLinkStore, type Link } from '../matching/links.store.ts';
import { createUnscopedEventStore } from './events.store.ts';

type Parts = { transaction: Kysely<FuseTables>; ids: Ids; cause: Cause; at: Date };
type Joining = { from: string; into: string; records: readonly MovedRecord[]; kind?: EnterpriseEventKind };
type Separating = {
  enterprise: string;
  leaving: readonly Link[];
  /** the id that the leaving ones had; found out by itself when left out */
  formerId?: string;
  /** rules that had put the records where they go back to; what is not named was a decision */
  rules?: ReadonlyMap<string, MovedRecord['matchedBy']>;
  kind?: EnterpriseEventKind;
};

/**
 * How enterprises become one and part again, inside a transaction that holds the lock of golden records. Runs and people's
 * decisions both go this way. Golden values are not chosen here: the caller refreshes both sides afterwards.
 */
export function createEffects({ transaction, ids, cause, at }: Parts) {
  const links = createUnscopedLinkStore(transaction);
  const golden = createUnscopedGoldenStore(transaction);
  const aliases = createUnscopedAliasStore(transaction);
  const events = createUnscopedEventStore(transaction);

  return {
    /** `from` ends and its id leads to `into` from now on. `records` are those that were behind `from`. */
    async join({ from, into, records, kind = 'merged' }: Joining): Promise<void> {
      const ending = (await golden.enterprises([from])).get(from);
      const stayed = cause.decision === null ? [] : await links.ofEnterprises([into]);
      await aliases.merge({ from, into, at });
      const detail: EventDetail = {
        records: records.map(movedOf),
        stayed: stayed.map(({ source, entityKey }) => ({ source, entityKey })),
        ...(ending ? { number: ending.number, createdAt: ending.created_at.toISOString() } : {}),
      };
      const name = ending ? { otherName: ending.name } : {};
      await events.add([{ kind, enterprise: into, other: from, ...name, detail }], cause, at);
    },

    /**
     * Parts the records from the others of their enterprise; answers with the id of the part that moved. A part that once
     * was an enterprise of its own takes that id again; else the larger part keeps the id, and among equals the one that
     * stays. Old ids follow the most of the records they had.
     */
    async separate(parting: Separating): Promise<string> {
      const { enterprise, leaving, kind = 'split' } = parting;
      const all = await links.ofEnterprises([enterprise]);
      const goes = new Set(leaving.map(idOfRecord));
      const parts = {
        leaving: all.filter((link) => goes.has(idOfRecord(link))),
        staying: all.filter((link) => !goes.has(idOfRecord(link))),
      };
      const old = await aliases.aliasesOf(enterprise);
      const endings = await events.endings(old);
      const followers = (part: readonly Link[]) =>
        old.filter((id) => isMost(endings.get(id)?.detail.records ?? [], part));
      const eldest = (part: readonly Link[]): string | undefined =>
        followers(part).sort((a, b) => ageOf(endings.get(a)) - ageOf(endings.get(b)))[0];
      const [formerOfLeaving, formerOfStaying] = [
        parting.formerId ?? eldest(parts.leaving),
        eldest(parts.staying),
      ];
      const isLarger = present(parts.leaving) > present(parts.staying);
      const moves =
        formerOfLeaving === undefined && (formerOfStaying !== undefined || isLarger)
          ? { part: parts.staying, former: formerOfStaying }
          : { part: parts.leaving, former: formerOfLeaving };
      const id = moves.former ?? ids.next();
      const own = (await golden.enterprises([enterprise])).get(enterprise);
      const ended = moves.former === undefined ? undefined : endings.get(moves.former)?.detail;
      const place = { id, name: own?.name ?? '', organisation: own?.organisation ?? '' };
      if (ended?.number === undefined) await golden.insert([place], at);
      else await aliases.revive({ ...place, number: ended.number, createdAt: ended.createdAt }, at);
      const follow = followers(moves.part).filter((alias) => alias !== id);
      await aliases.realias(follow, id);
      await links.move(
        moves.part.map((link) => ({
          ...link,
          matchedBy: parting.rules?.get(idOfRecord(link)) ?? 'decision',
        })),
        id,
      );
      const detail = { records: moves.part.map(movedOf), stayed: [] };
      await events.add([{ kind, enterprise, other: id, detail }], cause, at);
      return id;
    },
  };
}
export type Effects = ReturnType<typeof createEffects>;

const movedOf = ({ source, entityKey, matchedBy }: MovedRecord): MovedRecord => ({
  source,
  entityKey,
  matchedBy,
});
const present = (part: readonly Link[]): number => part.filter(({ gone }) => !gone).length;
const ageOf = (ending: { detail: EventDetail } | undefined): number =>
  ending?.detail.number ?? Number.MAX_SAFE_INTEGER;

/** More than half of the records are in this part. */
function isMost(records: readonly MovedRecord[], part: readonly Link[]): boolean {
  const inside = new Set(part.map(idOfRecord));
  return records.filter((record) => inside.has(idOfRecord(record))).length * 2 > records.length;
}
