import type {
  EnterpriseSearch,
  EnterpriseSearchResult,
  FieldMapping,
  MatchCandidate,
  MatchVerdict,
  TransformName,
} from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { standardiseRow } from '../sources/rows.ts';
import { createSourceStore } from '../sources/sources.store.ts';
import { divisionLabel } from '../standards/divisions.ts';
import { createUnscopedCandidateStore } from './candidates.store.ts';
import { type Candidate, candidatesOf, isDisputed } from './candidates.ts';
import { createExplainingStore } from './explaining.store.ts';
import { identityOf, type KnownRecords, type RecordIdentity } from './identity.ts';
import { judgeInUse } from './judge.service.ts';
import { createKnownLinks } from './known-links.ts';
import { createUnscopedLinkStore } from './links.store.ts';
import { keyViews, waterfallView } from './views.ts';

const KEY = 'record';
const TRANSFORMS: Readonly<Record<keyof EnterpriseSearch['record'], TransformName>> = {
  name: 'name',
  formerName: 'name',
  shortName: 'name',
  code: 'code',
  legalPerson: 'text',
  phone: 'phone',
  address: 'text',
  division: 'division',
};
const MAPPINGS = Object.entries(TRANSFORMS).map(
  ([name, transform]): FieldMapping =>
    ({ from: name, to: name, transform, unit: null, values: {} }) as FieldMapping,
);

/**
 * Search before create: which enterprises a record could be, with the weights of the model that runs use. The record goes the way of a row of a
 * source (standards, traits, keys) and is written nowhere. Enterprises outside the scope are neither found nor counted.
 */
export function createSearching({ relational }: Platform) {
  const db = relational.as<FuseTables>();
  const [links, candidates, store, sources] = [
    createUnscopedLinkStore(db),
    createUnscopedCandidateStore(db),
    createExplainingStore(db),
    createSourceStore(db),
  ];

  return {
    async search(scope: Scope, { record, limit }: EnterpriseSearch): Promise<EnterpriseSearchResult> {
      demand(scope, 'fuse:enterprise:read');
      const identity = identityOf(valuesOf(record));
      const { judge, version } = await judgeInUse(db);
      const neighbours = await candidates.neighbours([identity]);
      const [counts = new Map()] = await candidates.counts([identity.traits]);
      const around = await links.ofEnterprises(await links.enterprisesAround([identity], neighbours.links));
      const visible = await store.enterprises(scope, [
        ...new Set(around.map(({ enterprise }) => enterprise)),
      ]);
      const known = createKnownLinks(
        around.filter(({ enterprise, gone }) => visible.has(enterprise) && !gone),
        {
          ages: new Map([...visible].map(([id, { number }]) => [id, number])),
          reachable: () => true,
          common: neighbours.common,
        },
      ).without('', '');
      const found = candidatesOf(identity, known, { judge, counts }).slice(0, limit);
      const named = await sources.namesUnscoped(found.map(({ record: { source } }) => source));
      return {
        keys: keyViews(identity.traits, neighbours),
        model: version,
        items: found.map((candidate): MatchCandidate => {
          const { enterprise, record: link, best } = candidate;
          const place = visible.get(enterprise);
          const waterfall = judge.waterfall(identity.traits, link.traits, counts);
          return {
            enterprise,
            name: place?.name ?? '',
            code: place?.code ?? null,
            divisionName: divisionLabel(place?.division ?? null),
            record: {
              source: link.source,
              entityKey: link.entityKey,
              sourceName: named.get(link.source)?.name ?? '',
              name: link.traits.name ?? link.code ?? link.rowKey,
            },
            verdict: verdictOf(candidate, { identity, known, verdict: judge.verdict }),
            weight: best,
            probability: waterfall.probability,
            waterfall: waterfallView(waterfall, identity.traits, link.traits),
          };
        }),
      };
    },
  };
}
export type Searching = ReturnType<typeof createSearching>;

/** What a run would do with such a record: codes speak before weights. */
function verdictOf(
  { enterprise, mean, best }: Candidate,
  {
    identity,
    known,
    verdict,
  }: { identity: RecordIdentity; known: KnownRecords; verdict: (weight: number) => MatchVerdict },
): MatchVerdict {
  const members = known.of(enterprise);
  const codes = members.flatMap(({ code }) => code ?? []);
  if (identity.code !== null && codes.length > 0) {
    if (!codes.includes(identity.code)) return 'different';
    return isDisputed(identity, members) ? 'review' : 'same';
  }
  if (verdict(mean) === 'same') return 'same';
  return verdict(best) === 'different' ? 'different' : 'review';
}

function valuesOf(record: EnterpriseSearch['record']) {
  const row = { [KEY]: 'asked', ...record };
  const { values } = standardiseRow(
    { rowKey: [KEY], periodField: null, mappings: MAPPINGS, target: 'enterprise' },
    row,
  );
  return Object.fromEntries(values.map(({ to, value, valid }) => [to, { value, valid }]));
}
