import type { Scope } from '#platform/auth/scope.ts';
import { type Decision, decide } from '../policies/deciding.ts';
import { distinctMasks } from '../policies/masks.ts';
import { callerOf, type Graded, type Rules } from '../policies/rulebook.service.ts';
import { columnsSeen } from '../policies/sight.ts';
import { isWithin, topsOf } from '../policies/subtrees.ts';
import type { ViewSight } from '../queries/views.ts';
import { type About, type SeenTable, tableName } from './gateway.ts';

/** Of a dataset that this program itself tells. */
const FIRST_VERSION = '1.0';

type Moment = { purpose: string | undefined; nowMs: number };

/** Every dataset of which the caller may see something, or could with a purpose, and saved queries over these. */
export function seenBy(scope: Scope, rules: Rules, { purpose, nowMs }: Moment): Map<string, SeenTable> {
  const caller = callerOf(scope);
  const seen = new Map<string, SeenTable>();
  for (const [id, graded] of rules.datasets) {
    const { offer, columns } = graded;
    const decision = decide({
      caller,
      dataset: { id, title: offer.title, columns, needs: offer.needs, home: offer.home },
      policies: rules.index.of(caller, id),
      nowMs,
      purpose,
    });
    if (decision.refused === 'no-rows') continue;
    const visible = new Set(decision.columns);
    seen.set(id, {
      id,
      table: tableName(id),
      columns: columns.filter(({ name }) => visible.has(name)),
      decision,
      about: aboutOf(graded),
    });
  }
  for (const [id, table] of viewsSeen(scope, rules, seen)) seen.set(id, table);
  return seen;
}

function aboutOf({ offer, columns }: Graded): About {
  const { title, description, key, home, source, version = FIRST_VERSION } = offer;
  return {
    ...{ title, description, key, version, columnsTotal: columns.length },
    kind: source === undefined ? 'built-in' : 'source',
    ...(home === undefined ? {} : { home }),
    ...(source === undefined ? {} : { source }),
  };
}

/** A saved query is known where it was saved, above and below. */
const isKnownTo = (organisation: string, home: string): boolean =>
  isWithin(organisation, home) || isWithin(home, organisation);

type Seeing = { organisation: string; sights: Rules['sights']; seen: ReadonlyMap<string, SeenTable> };
/** True when everything that the view may need is seen: it runs with the rights of whoever asks. */
function isUsable({ base, within, broken }: ViewSight, { organisation, sights, seen }: Seeing): boolean {
  if (broken !== null) return false;
  const homes = within.map((id) => sights.get(id)?.view.organisation);
  if (homes.some((home) => home === undefined || !isKnownTo(organisation, home))) return false;
  return base.every(({ dataset, columns }) => {
    const visible = new Set(seen.get(dataset)?.columns.map(({ name }) => name));
    return seen.has(dataset) && columns.every((column) => visible.has(column));
  });
}

function viewsSeen(
  { organisation }: Scope,
  { sights }: Rules,
  seen: ReadonlyMap<string, SeenTable>,
): [string, SeenTable][] {
  return [...sights]
    .filter(
      ([_id, sight]) =>
        isKnownTo(organisation, sight.view.organisation) && isUsable(sight, { organisation, sights, seen }),
    )
    .map(([id, sight]) => [id, seenView(id, sight, seen)]);
}

/** Saved queries that the caller knows and cannot ask, by their ids. */
export function unusableFor(
  { organisation }: Scope,
  { sights }: Rules,
  seen: ReadonlyMap<string, SeenTable>,
): string[] {
  return [...sights]
    .filter(([id, { view }]) => !seen.has(id) && isKnownTo(organisation, view.organisation))
    .map(([id]) => id);
}

/** A view as its caller sees it: what it shows of its datasets is what these show. */
export function seenView(id: string, sight: ViewSight, seen: ReadonlyMap<string, SeenTable>): SeenTable {
  const base = sight.base.flatMap(({ dataset }) => seen.get(dataset) ?? []);
  const { view, columns, origins } = sight;
  const shown = new Map(
    base.flatMap((table) =>
      columnsSeen(table).map((column) => [`${table.id}.${column.name}`, column] as const),
    ),
  );
  const hidden = new Map(
    columns.map(({ name }) => {
      const of = (origins.get(name) ?? []).flatMap(
        (origin) => shown.get(`${origin.dataset}.${origin.column}`) ?? [],
      );
      return [
        name,
        { masks: distinctMasks(of.flatMap(({ masks }) => masks)), partly: of.some(({ partly }) => partly) },
      ];
    }),
  );
  return {
    ...{ id, table: tableName(id), columns, hidden },
    decision: viewDecision(id, sight, base),
    about: {
      ...{ title: view.content.title, description: view.content.description, key: view.content.key },
      ...{ kind: 'query', version: `${view.version}.0`, home: view.organisation },
      columnsTotal: columns.length,
    },
  };
}

function viewDecision(dataset: string, { columns }: ViewSight, base: readonly SeenTable[]): Decision {
  const tables = base.map(({ table }) => table);
  return {
    dataset,
    refused: base.some(({ decision }) => decision.refused === 'purpose') ? 'purpose' : null,
    parts: base.flatMap(({ decision }) => decision.parts),
    limits: base.flatMap(({ decision }) => decision.limits),
    columns: columns.map(({ name }) => name),
    organisations: topsOf(base.flatMap(({ decision }) => decision.organisations)),
    // those of the datasets below are counted with them
    quotas: [],
    get why() {
      return [
        {
          zh: `保存的查询，按您自己的权限读取 ${tables.join('、')}`,
          en: `A saved query: it reads ${tables.join(', ')} with your own rights`,
        },
        ...base.flatMap(({ about, decision }) =>
          decision.why.map(({ zh, en }) => ({
            zh: `${about.title.zh}：${zh}`,
            en: `${about.title.en}: ${en}`,
          })),
        ),
      ];
    },
  };
}
