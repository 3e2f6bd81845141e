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

type Moment = {
  purpose: string | undefined;
  nowMs: number;
  /** a saved query that is tried, whatever it rests on */
  tried?: string;
};
/** What a caller sees, each dataset decided when it is asked for. */
export type SeenTables = {
  get(id: string): SeenTable | undefined;
  /** everything that is seen, in the order of datasets, saved queries behind */
  all(): SeenTable[];
  /** a saved query that the caller knows and cannot ask */
  isUnusable(id: string): boolean;
};

/** Datasets of which the caller may see something, or could with a purpose, and saved queries over these. */
export function seenBy(scope: Scope, rules: Rules, { tried, ...moment }: Moment): SeenTables {
  const known = new Map<string, SeenTable | null>();
  const caller = callerOf(scope);
  const isKnown = (id: string) => {
    const view = rules.views.get(id);
    return id === tried || (view !== undefined && isKnownTo(scope.organisation, view.organisation));
  };
  const base = (id: string): SeenTable | null => {
    const graded = rules.datasets.get(id);
    return graded ? seenBase(id, graded, { caller, rules, ...moment }) : null;
  };
  const remembered = (id: string, make: (id: string) => SeenTable | null): SeenTable | undefined => {
    const before = known.get(id);
    const table = before === undefined ? make(id) : before;
    known.set(id, table);
    return table ?? undefined;
  };
  const seen = (id: string) => remembered(id, base);
  const view = (id: string): SeenTable | null => {
    const sight = isKnown(id) ? rules.sights.get(id) : undefined;
    return sight && (id === tried || isUsable(sight, { seen, isKnown })) ? seenView(id, sight, seen) : null;
  };
  const get = (id: string) => (rules.views.has(id) ? remembered(id, view) : seen(id));
  return {
    get,
    all: () => [...rules.datasets.keys(), ...rules.views.keys()].flatMap((id) => get(id) ?? []),
    isUnusable: (id) => rules.views.has(id) && isKnown(id) && get(id) === undefined,
  };
}

type Deciding = Moment & { caller: ReturnType<typeof callerOf>; rules: Rules };
function seenBase(id: string, graded: Graded, { caller, rules, nowMs, purpose }: Deciding): SeenTable | null {
  const { offer, columns } = graded;
  const decision = decide({
    caller,
    dataset: { id, title: offer.title, columns, needs: offer.needs, home: offer.home },
    policies: rules.index.of(caller, id),
    nowMs,
    purpose,
    nameOf: rules.nameOf,
  });
  if (decision.refused === 'no-rows') return null;
  const visible = new Set(decision.columns);
  return {
    id,
    table: tableName(id),
    columns: columns.filter(({ name }) => visible.has(name)),
    decision,
    about: aboutOf(graded),
  };
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

type Find = (id: string) => SeenTable | undefined;
type Seeing = { seen: Find; isKnown: (id: string) => boolean };
/** True when everything that the view may need is seen: it runs with the rights of whoever asks. */
function isUsable({ base, within, broken }: ViewSight, { seen, isKnown }: Seeing): boolean {
  if (broken !== null || !within.every(isKnown)) return false;
  return base.every(({ dataset, columns }) => {
    const table = seen(dataset);
    const visible = new Set(table?.columns.map(({ name }) => name));
    return table !== undefined && columns.every((column) => visible.has(column));
  });
}

/** A view as its caller sees it: what it shows of its datasets is what these show. */
function seenView(id: string, sight: ViewSight, seen: Find): SeenTable {
  const base = sight.base.flatMap(({ dataset }) => seen(dataset) ?? []);
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
