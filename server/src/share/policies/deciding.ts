import type { Bilingual, Mask, Quota, RowFilter } from '@ronghe/contracts';
import type { ColumnOffer } from '#platform/datasets/offer.ts';
import { fittingMask, NOTHING, PERSONAL_MASK } from './masks.ts';
import type { Caller, SavedPolicy } from './policy-index.ts';
import { commonSubtree, isWithin, topsOf } from './subtrees.ts';
import { wordsOf } from './wording.ts';

/** A dataset as decisions see it: its columns with the grades that hold now. */
export type GradedDataset = {
  readonly id: string;
  readonly title: Bilingual;
  readonly columns: readonly ColumnOffer[];
  readonly needs?: string | undefined;
};

export type RowRule = { readonly organisations: readonly string[]; readonly filter: RowFilter | null };
/** Rows together with the columns granted for them; a column without a mask is plain. */
/** True where every row shows the column as it is: only then may a condition on it be asked of the rows themselves, which tell more than a mask. */
export const isPlain = ({ parts, limits }: Pick<Decision, 'parts' | 'limits'>, column: string): boolean =>
  parts.every(({ columns }) => columns.get(column) === null) &&
  limits.every(({ masks }) => !masks.has(column));

export type Part = {
  readonly policy: SavedPolicy | null;
  readonly rows: RowRule;
  readonly columns: ReadonlyMap<string, Mask | null>;
};
/** What holds for rows of one organisation and below, whoever granted them. */
export type Limit = {
  readonly policy: SavedPolicy;
  readonly within: string;
  /** null when it takes no rows away */
  readonly rows: RowRule | null;
  readonly masks: ReadonlyMap<string, Mask>;
};
export type QuotaOf = { readonly policy: SavedPolicy; readonly counter: string; readonly quota: Quota };

export type Decision = {
  readonly dataset: string;
  readonly refused: 'no-rows' | 'purpose' | null;
  readonly parts: readonly Part[];
  readonly limits: readonly Limit[];
  /** names of the columns that some row may show */
  readonly columns: readonly string[];
  /** organisations of these rows and below; the fewest that say it */
  readonly organisations: readonly string[];
  readonly quotas: readonly QuotaOf[];
  readonly why: readonly Bilingual[];
};

export type Asked = {
  readonly caller: Caller;
  readonly dataset: GradedDataset;
  /** those that speak of the caller and the dataset */
  readonly policies: readonly SavedPolicy[];
  readonly nowMs: number;
  readonly purpose: string | undefined;
  /** what an organisation is called in words; its path where nobody tells */
  readonly nameOf?: (organisation: string) => string;
};

const isRootPath = (organisation: string) => !organisation.includes('.');
/** Whose data it is, the administrator at the top, sees everything plain. */
export const isOwner = ({ organisation, permissions }: Caller): boolean =>
  isRootPath(organisation) && permissions.has('share:policy:write');

/**
 * What a caller may see of a dataset. Without a policy: rows of the own organisation and below, of columns of grade 一级 and level
 * 一般; personal ones masked. Grants add rows with their own columns; where they give a column of a row, they replace that default,
 * and the strictest mask of several wins. Limits hold for the rows of whoever wrote them, against every grant. Pure.
 */
export function decide(asked: Asked): Decision {
  const { caller, dataset, policies, nowMs, purpose, nameOf = (path: string) => path } = asked;
  const timely = policies.filter((policy) => isTimely(policy, nowMs) && binds(policy, caller));
  const fitting = timely.filter(({ purposes }) => purposes === null || isAmong(purposes, purpose));
  const grants = fitting.filter(({ effect }) => effect === 'grant');
  const parts = [usualPart(caller, dataset), ...grants.map((policy) => partOf(policy, asked))].filter(
    ({ rows, columns }) => rows.organisations.length > 0 && columns.size > 0,
  );
  const limits = timely
    .filter(({ effect }) => effect === 'limit')
    .map((policy) => limitOf(policy, asked, fitting.includes(policy)));
  const organisations = topsOf(parts.flatMap(({ rows }) => rows.organisations));
  const columns = visibleColumns(parts, limits, organisations);
  const shut = limits.some(
    ({ within, rows }) =>
      rows?.organisations.length === 0 && organisations.every((path) => isWithin(path, within)),
  );
  const open = parts.length > 0 && columns.length > 0 && !shut;
  const promised = timely.filter((policy) => policy.effect === 'grant' && !fitting.includes(policy));
  const missed = promised.length > 0;
  const waits = missed || (shut && purposeMissing(timely, fitting));
  const refused: Decision['refused'] = open ? null : waits ? 'purpose' : 'no-rows';
  const said = { dataset, caller, parts, limits, columns, organisations, refused, missed, nameOf };
  return {
    dataset: dataset.id,
    refused,
    ...{ parts, limits, organisations },
    // with a purpose these would be there; without one nothing is answered
    columns:
      refused === 'purpose'
        ? [...promised.flatMap((policy) => [...partOf(policy, asked).columns.keys()]), ...columns]
        : columns,
    quotas: quotasOf(fitting, caller),
    // words are for people who ask why, not for every question
    get why() {
      return wordsOf(said);
    },
  };
}

const isAmong = (purposes: readonly string[], purpose: string | undefined) =>
  purpose !== undefined && purposes.includes(purpose);
const purposeMissing = (timely: readonly SavedPolicy[], fitting: readonly SavedPolicy[]) =>
  timely.some((policy) => policy.purposes !== null && !fitting.includes(policy));

const isTimely = ({ from, until }: SavedPolicy, nowMs: number): boolean =>
  (from === null || Date.parse(from) <= nowMs) && (until === null || Date.parse(until) > nowMs);

/** Whoever stands above an organisation is not limited by it: a city cannot hide its rows from the province. */
const binds = ({ effect, organisation }: SavedPolicy, caller: Caller): boolean =>
  effect === 'grant' ||
  !(isWithin(organisation, caller.organisation) && organisation !== caller.organisation);

/** Grade 三级 and level 核心 are in principle not shared: "all columns" never means these, they must be named. */
export const isClosed = ({ grade, level }: Pick<ColumnOffer, 'grade' | 'level'>): boolean =>
  grade === 3 || level === 'core';

/** What one sees without any policy. */
function usualPart(caller: Caller, dataset: GradedDataset): Part {
  const all = isOwner(caller);
  const columns = new Map<string, Mask | null>();
  for (const column of dataset.columns) {
    const harmless = column.grade === 1 && column.level === 'general';
    if (all) columns.set(column.name, null);
    else if (harmless) columns.set(column.name, column.personal ? fittingMask(PERSONAL_MASK, column) : null);
  }
  const allowed = dataset.needs === undefined || caller.permissions.has(dataset.needs);
  const organisations = allowed ? [caller.organisation] : [];
  return { policy: null, rows: { organisations, filter: null }, columns };
}

/** The organisations a policy speaks of, never more than what its writer may speak of. */
function organisationsOf({ rows, organisation }: SavedPolicy, caller: Caller): string[] {
  const named = (rows.organisations ?? [organisation]).filter((path) => isWithin(path, organisation));
  const own = rows.own ? named.flatMap((path) => commonSubtree(path, caller.organisation) ?? []) : named;
  return topsOf(own);
}

function partOf(policy: SavedPolicy, { caller, dataset }: Asked): Part {
  const wanted = policy.columns === null ? null : new Set(policy.columns);
  const columns = new Map<string, Mask | null>();
  for (const column of dataset.columns) {
    if (wanted ? !wanted.has(column.name) : isClosed(column)) continue;
    const mask = policy.masks[column.name];
    columns.set(column.name, mask ? fittingMask(mask, column) : null);
  }
  return {
    policy,
    rows: { organisations: organisationsOf(policy, caller), filter: policy.rows.filter },
    columns,
  };
}

function limitOf(policy: SavedPolicy, { caller, dataset }: Asked, fits: boolean): Limit {
  const allowed = policy.columns === null ? null : new Set(policy.columns);
  const masks = new Map<string, Mask>();
  for (const column of dataset.columns) {
    const mask = policy.masks[column.name];
    if (allowed && !allowed.has(column.name)) masks.set(column.name, NOTHING);
    else if (mask) masks.set(column.name, fittingMask(mask, column));
  }
  const { rows, organisation: within } = policy;
  const narrows = rows.organisations !== null || rows.own || rows.filter !== null;
  if (!fits) return { policy, within, rows: { organisations: [], filter: null }, masks };
  const rule = { organisations: organisationsOf(policy, caller), filter: rows.filter };
  return { policy, within, rows: narrows ? rule : null, masks };
}

/** Columns of the parts, without those that a limit hides in every row. */
function visibleColumns(
  parts: readonly Part[],
  limits: readonly Limit[],
  organisations: readonly string[],
): string[] {
  const everywhere = limits.filter(({ within }) => organisations.every((path) => isWithin(path, within)));
  const names = new Set(parts.flatMap(({ columns }) => [...columns.keys()]));
  return [...names].filter((name) => {
    if (everywhere.some(({ masks }) => masks.get(name)?.kind === 'null')) return false;
    return parts.some(({ columns }) => columns.has(name) && columns.get(name)?.kind !== 'null');
  });
}

/** A quota is counted for all of an organisation, so that more keys are not more of it; for a role for each user. */
function quotasOf(policies: readonly SavedPolicy[], caller: Caller): QuotaOf[] {
  return policies
    .filter(({ quota }) => Object.values(quota).some((value) => value !== undefined))
    .map((policy) => {
      const { subject, quota, id } = policy;
      const whose =
        subject.kind === 'organisation'
          ? `organisation:${caller.organisation}`
          : subject.kind === 'application'
            ? `application:${subject.organisation}:${subject.name}`
            : `${caller.kind}:${caller.id}`;
      return { policy, counter: `${id}|${whose}`, quota };
    });
}
