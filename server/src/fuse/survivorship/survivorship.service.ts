import type {
  ConflictQuery,
  EnterpriseAttribute,
  NewSurvivorship,
  Page,
  Survivorship,
  SurvivorshipPreview,
  SurvivorshipSaved,
  SurvivorshipVersion,
  ValueConflict,
} from '@ronghe/contracts';
import { ENTERPRISE_ATTRIBUTE_NAMES } from '@ronghe/contracts';
import { demand, demandRoot, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import { createBelonging } from '../enterprises/belonging.ts';
import { createUnscopedFusingStore } from '../enterprises/fusing.store.ts';
import { createUnscopedGoldenStore } from '../enterprises/golden.store.ts';
import { goldenOf } from '../enterprises/golden.ts';
import { createGoldenChange } from '../enterprises/golden-change.service.ts';
import { speakersOf } from '../enterprises/summary.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createSourceStore } from '../sources/sources.store.ts';
import { createUnscopedChoosingStore } from './choosing.store.ts';
import { createSurvivorshipStore } from './survivorship.store.ts';

/** The job that chooses all golden values again. */
export const REFRESH_GOLDEN_JOB = 'fuse.refresh-golden';
const PREVIEW_ENTERPRISES_MAX = 2_000;
const EXAMPLES_MAX = 30;
const BATCH = 200;

type Parts = { platform: Platform; system: Scope };

/** Use cases of survivorship: how golden values are chosen, in versions; what a change would do; where sources disagree. */
export function createSurvivorships({ platform, system }: Parts) {
  const { relational, audit, auth, clock, jobs } = platform;
  const db = relational.as<FuseTables>();
  const store = createSurvivorshipStore(db);
  const choosing = createUnscopedChoosingStore(db);
  const change = createGoldenChange({ platform, system });
  const tryOut = createTryOut(platform);

  return {
    async get(scope: Scope): Promise<SurvivorshipVersion> {
      demand(scope, 'fuse:enterprise:read');
      return choosing.newest();
    },

    async versions(scope: Scope): Promise<SurvivorshipVersion[]> {
      demand(scope, 'fuse:enterprise:read');
      return store.versions(scope);
    },

    /** What a change would do, on up to 2,000 enterprises taken evenly. */
    async preview(scope: Scope, content: Survivorship): Promise<SurvivorshipPreview> {
      demand(scope, 'fuse:survivorship:write');
      const belonging = createBelonging(await auth.organisations(system));
      const ids = await store.sample(scope, PREVIEW_ENTERPRISES_MAX);
      return { enterprises: await store.count(scope), ...(await tryOut(content, ids, belonging)) };
    },

    /** The next version; a job then chooses all values again. @throws ROOT_REQUIRED, SURVIVORSHIP_CHANGED */
    async save(scope: Scope, { base, content, note }: NewSurvivorship): Promise<SurvivorshipSaved> {
      demand(scope, 'fuse:survivorship:write');
      demandRoot(scope);
      const version = base + 1;
      await db.transaction().execute(async (transaction) => {
        const newest = await createUnscopedChoosingStore(transaction).newest();
        const made = { version, content, note, by: scope.actor.name, at: clock.now() };
        const isNext = newest.version === base;
        if (!isNext || !(await createSurvivorshipStore(transaction).add(scope, made)))
          throw new AppError('SURVIVORSHIP_CHANGED', { version: Math.max(newest.version, version) });
        await audit.record(
          scope,
          {
            ...{ action: 'fuse:survivorship:change', target: `survivorship:${version}` },
            ...{ organisation: scope.organisation, before: newest.content, after: { note, content } },
          },
          transaction,
        );
      });
      const job = await jobs.enqueue(system, { kind: REFRESH_GOLDEN_JOB, params: { version } });
      return { version, job };
    },

    /** Chooses the values of all enterprises again, in batches that stand beside runs. */
    async refreshAll(signal: AbortSignal, tell: (share: number) => Promise<void>): Promise<number> {
      const total = await store.count(system);
      for (let after = 0, done = 0; ; ) {
        signal.throwIfAborted();
        const batch = await store.after(system, after, BATCH);
        const last = batch.at(-1);
        if (!last) return done;
        const ids = batch.map(({ id }) => id);
        const cause = { run: null, decision: null, actor: system.actor.name, reason: REFRESH_GOLDEN_JOB };
        await change(({ refreshed }) => refreshed(ids, cause));
        [after, done] = [last.number, done + batch.length];
        await tell(Math.min(1, done / Math.max(1, total)));
      }
    },

    async conflicts(scope: Scope, query: ConflictQuery): Promise<Page<ValueConflict>> {
      demand(scope, 'fuse:enterprise:read');
      const page = await store.conflicts(scope, query);
      const named = await createSourceStore(db).namesUnscoped(
        page.items.flatMap((row) => [row.source ?? [], row.others.map(({ source }) => source)].flat()),
      );
      const nameOf = (source: string | null) => named.get(source ?? '')?.name ?? '';
      return {
        ...page,
        items: page.items.map((row) => ({
          enterprise: row.enterprise,
          enterpriseName: row.enterprise_name,
          attribute: row.attribute,
          value: row.value,
          sourceName: nameOf(row.source),
          others: row.others
            .filter(({ value }) => value !== row.value)
            .map(({ value, source }) => ({ value, sourceName: nameOf(source) })),
          at: row.at.toISOString(),
        })),
      };
    },
  };
}
export type Survivorships = ReturnType<typeof createSurvivorships>;

/** Chooses values by another way without writing any, and compares with what there is. */
function createTryOut({ relational, analytics, clock }: Platform) {
  const db = relational.as<FuseTables>();
  const golden = createUnscopedGoldenStore(db);
  const records = createUnscopedFusingStore(db, analytics);
  const choosing = createUnscopedChoosingStore(db);
  return async (
    survivorship: Survivorship,
    ids: readonly string[],
    belonging: ReturnType<typeof createBelonging>,
  ): Promise<Omit<SurvivorshipPreview, 'enterprises'>> => {
    const counts = new Map<EnterpriseAttribute, number>();
    const examples: SurvivorshipPreview['examples'] = [];
    let changed = 0;
    for (let start = 0; start < ids.length; start += BATCH) {
      const part = ids.slice(start, start + BATCH);
      const [stored, values, behind] = [
        await golden.enterprises(part),
        await golden.values(part),
        await records.members(part),
      ];
      const pins = await choosing.pins(part, clock.now());
      for (const [id, { name }] of stored) {
        const { speakers } = speakersOf(behind.get(id)?.members ?? [], belonging);
        const then = goldenOf(speakers, { survivorship, pins: pins.get(id) ?? [] });
        const now = new Map(values.get(id)?.map(({ attribute, value }) => [attribute, value]));
        const other = ENTERPRISE_ATTRIBUTE_NAMES.filter(
          (one) => (then[one]?.value ?? null) !== (now.get(one) ?? null),
        );
        if (other.length > 0) changed += 1;
        for (const attribute of other) {
          counts.set(attribute, (counts.get(attribute) ?? 0) + 1);
          const [before, after] = [now.get(attribute) ?? null, then[attribute]?.value ?? null];
          if (examples.length < EXAMPLES_MAX)
            examples.push({ enterprise: id, name, attribute, before, after });
        }
      }
    }
    const attributes = [...counts].map(([attribute, count]) => ({ attribute, changed: count }));
    return { looked: ids.length, changed, attributes, examples };
  };
}
