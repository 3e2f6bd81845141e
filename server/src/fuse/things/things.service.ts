import {
  type EnterpriseProfile,
  KEY_INDUSTRIES,
  PARKS_MAX,
  type ParkList,
  type PersonList,
  type ProfileOverview,
  type ProfilePart,
  THING_KINDS,
  THINGS_MAX,
  type Thing,
  type ThingKind,
  type ThingList,
  type ThingValue,
} from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createRelationStore, findEnterprise } from '../relations/relations.store.ts';
import { createSourceStore } from '../sources/sources.store.ts';
import { cities } from '../standards/divisions.ts';
import { reference } from '../standards/reference.ts';
import { TEMPLATES } from '../templates/templates.ts';
import { createThingStore, type StoredThing } from './things.store.ts';
import { maskPersonValue, type StoredThingValue } from './things.ts';

const PEOPLE_MAX = 200;
const SOURCES_A_PART_MAX = 10;
type Sources = ReadonlyMap<string, { name: string }>;

/** Use cases of what enterprises have: plants, equipment, products, people in charge, parks, and how full profiles are. */
export function createThings({ relational, audit }: Platform) {
  const db = relational.as<FuseTables>();
  const [store, sources] = [createThingStore(db), createSourceStore(db)];

  async function find(scope: Scope, id: string) {
    demand(scope, 'fuse:enterprise:read');
    return findEnterprise(createRelationStore(db), scope, id);
  }
  const named = (things: readonly StoredThing[]) =>
    sources.namesUnscoped(things.flatMap(({ parts }) => parts.map(({ source }) => source)));

  return {
    /** Plants, equipment and products with the source of each value. @throws NOT_FOUND */
    async list(scope: Scope, id: string, kind?: Exclude<ThingKind, 'person'>): Promise<ThingList> {
      const { number } = await find(scope, id);
      const items: Thing[] = [];
      let more = false;
      for (const one of kind ? [kind] : THING_KINDS) {
        const stored = await store.things(scope, { enterprise: number, kinds: [one], limit: THINGS_MAX + 1 });
        const names = await named(stored);
        more ||= stored.length > THINGS_MAX;
        for (const { key, parts, sources: known } of stored.slice(0, THINGS_MAX))
          items.push({ kind: one, key, sources: known, values: parts.map((part) => toValue(part, names)) });
      }
      return { items, more };
    },

    /**
     * People in charge. Without a reason their names, phones and addresses are masked; with one they are shown to who has
     * `fuse:person:read`, and each such look is in the audit log before it is answered. @throws NOT_FOUND, PERMISSION_MISSING
     */
    async people(scope: Scope, id: string, reason?: string): Promise<PersonList> {
      const enterprise = await find(scope, id);
      if (reason !== undefined) demand(scope, 'fuse:person:read');
      const stored = await store.things(scope, {
        ...{ enterprise: enterprise.number, kinds: ['person'], limit: PEOPLE_MAX },
      });
      const names = await named(stored);
      const masked = reason === undefined;
      if (!masked)
        await audit.record(scope, {
          action: 'fuse:person:read',
          target: `enterprise:${enterprise.id}`,
          organisation: enterprise.organisation,
          after: { people: stored.length, reason },
        });
      return {
        masked,
        items: stored.map(({ parts }, at) => ({
          // the key holds the name
          key: String(at + 1),
          masked,
          values: parts.map((part) => toValue(masked ? maskedPart(part) : part, names)),
        })),
      };
    },

    /** How full the profile is, what is missing and where it could come from. @throws NOT_FOUND */
    async profile(scope: Scope, id: string): Promise<EnterpriseProfile> {
      const enterprise = await find(scope, id);
      const profile = await store.profile(scope, enterprise.number);
      const filled = new Set(profile?.filled ?? []);
      const feeding = await store.feeding(scope);
      return {
        enterprise: enterprise.id,
        score: profile?.score ?? null,
        version: profile?.version ?? 0,
        parts: expected().map(({ part, weight }) => {
          const isFilled = filled.has(part);
          const brings = ({ to }: { to: string }) => partOf(to) === part;
          return {
            ...{ part, weight, filled: isFilled },
            sources: isFilled
              ? []
              : feeding
                  .flatMap(({ id: source, name, mappings }) => {
                    const mapping = mappings.find(brings);
                    return mapping ? [{ id: source, name, field: mapping.from }] : [];
                  })
                  .slice(0, SOURCES_A_PART_MAX),
            templates: isFilled
              ? []
              : TEMPLATES.filter(({ mappings }) => mappings.some(brings)).map(({ key }) => key),
          };
        }),
      };
    },

    /** Completeness over all enterprises of the scope, by city and key industry; the part that is most often missing shows. */
    async overview(scope: Scope): Promise<ProfileOverview> {
      demand(scope, 'fuse:enterprise:read');
      const [totals, byCity, byIndustry, parts] = [
        await store.totals(scope),
        await store.by(scope, 'city'),
        await store.by(scope, 'key_industry'),
        await store.parts(scope),
      ];
      const cityOf = new Map(byCity.map((group) => [group.key, group]));
      const industryOf = new Map(byIndustry.map((group) => [group.key, group]));
      return {
        ...totals,
        cities: cities().map(({ code, name }) => ({ ...countsOf(cityOf.get(code)), code, name })),
        keyIndustries: Object.keys(KEY_INDUSTRIES).map((key) => ({ ...countsOf(industryOf.get(key)), key })),
        parts: expected().map(({ part, weight }) => ({
          ...{ part, weight },
          share: (parts.get(part) ?? 0) / Math.max(1, totals.enterprises),
        })),
      };
    },

    /** Parks by their names with sums of the enterprises that the caller may see. */
    async parks(scope: Scope): Promise<ParkList> {
      demand(scope, 'fuse:enterprise:read');
      const rows = await store.parks(scope);
      return { items: rows.slice(0, PARKS_MAX), more: rows.length > PARKS_MAX };
    },
  };
}
export type Things = ReturnType<typeof createThings>;

const expected = () => reference().completeness.filter(({ weight }) => weight > 0);
const countsOf = (group: { enterprises: number; score: number | null } | undefined) => ({
  enterprises: group?.enterprises ?? 0,
  score: group?.score ?? null,
});

/** The part of a profile that a target of a mapping fills; null for columns of a source's own. */
function partOf(to: string): ProfilePart | null {
  if (to.startsWith('indicator:')) return 'indicators';
  if (to === 'relation:shareholder' || to === 'relation:shareholderCode') return 'shareholder';
  const [group = '', attribute] = to.split(':');
  if (attribute === undefined) return to as ProfilePart;
  return attribute === 'name' && group !== 'relation' && group !== 'column' ? (group as ProfilePart) : null;
}

const maskedPart = (part: StoredThingValue): StoredThingValue => {
  const value = maskPersonValue(part.attribute, part.value);
  // a row of people may be named by the person
  return part.attribute === 'post' ? { ...part, rowKey: '' } : { ...part, value, raw: value, rowKey: '' };
};

const toValue = (part: StoredThingValue, names: Sources): ThingValue => ({
  ...{ attribute: part.attribute, value: part.value, raw: part.raw, source: part.source },
  sourceName: names.get(part.source)?.name ?? part.source,
  ...{ run: part.run, rowKey: part.rowKey, field: part.field },
});
