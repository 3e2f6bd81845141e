import {
  ENTERPRISE_ATTRIBUTE_NAMES,
  PART_TARGETS,
  type ProfilePart,
  type ThingKind,
} from '@ronghe/contracts';
import { foldForSearch } from '../standards/names.ts';
import { byTrust, type Fact } from './facts.ts';

const KINDS = ['plant', 'equipment', 'product', 'person'] as const satisfies readonly ThingKind[];
const KEY_LENGTH_MAX = 200;

/** One value of a thing as it is kept. */
export type StoredThingValue = {
  attribute: string;
  value: string;
  raw: string;
  field: string;
  source: string;
  run: string;
  rowKey: string;
};
export type NewThing = { kind: ThingKind; key: string; parts: StoredThingValue[]; sources: number };

/**
 * What an enterprise has by its rows: rows with one number (else one name) of a kind are one thing, and each value of it is that
 * of the most trusted source. A row without both names no thing.
 */
export function thingsOf(facts: readonly Fact[]): NewThing[] {
  const things = new Map<string, NewThing & { from: Set<string> }>();
  for (const fact of [...facts].sort(byTrust))
    for (const kind of KINDS) {
      const parts = partsOf(fact, kind);
      const named =
        parts.find(({ attribute }) => attribute === 'code') ??
        parts.find(({ attribute }) => attribute === 'name');
      if (!named) continue;
      const key = foldForSearch(named.value).slice(0, KEY_LENGTH_MAX);
      if (key === '') continue;
      const thing = things.get(`${kind} ${key}`) ?? { kind, key, parts: [], sources: 0, from: new Set() };
      for (const part of parts)
        if (!thing.parts.some(({ attribute }) => attribute === part.attribute)) thing.parts.push(part);
      thing.from.add(fact.source);
      things.set(`${kind} ${key}`, thing);
    }
  return [...things.values()]
    .map(({ from, ...thing }) => ({ ...thing, sources: from.size }))
    .sort((a, b) => (a.kind + a.key < b.kind + b.key ? -1 : 1));
}

const partsOf = (fact: Fact, kind: ThingKind): StoredThingValue[] =>
  Object.keys(PART_TARGETS[kind]).flatMap((attribute) => {
    const said = fact.values.get(`${kind}:${attribute}`);
    return said
      ? [
          {
            ...{ attribute, value: said.value, raw: said.raw, field: said.field },
            ...{ source: fact.source, run: fact.run, rowKey: fact.rowKey },
          },
        ]
      : [];
  });

/** The parts of a profile that are filled, in their order. `attributes` are those of the golden record. */
export function filledOf({
  attributes,
  facts,
  things,
}: {
  attributes: ReadonlySet<string>;
  facts: readonly Fact[];
  things: readonly NewThing[];
}): ProfilePart[] {
  const says = (holds: (target: string) => boolean) =>
    facts.some(({ values }) => [...values.keys()].some(holds));
  return [
    ...ENTERPRISE_ATTRIBUTE_NAMES.filter((name) => attributes.has(name)),
    ...(says((target) => target.startsWith('indicator:')) ? (['indicators'] as const) : []),
    ...KINDS.filter((kind) => things.some((thing) => thing.kind === kind)),
    ...(says((target) => target === 'relation:shareholder' || target === 'relation:shareholderCode')
      ? (['shareholder'] as const)
      : []),
  ];
}

/** True of a name that no organisation has; in doubt true, because a natural person's name is masked and an organisation's can be. */
export const isNaturalPerson = (name: string): boolean =>
  !/公司|集团|企业|合伙|中心|基金|银行|信托|协会|学会|商会|联合会|工会|委员会|管委会|管理局|政府|财政|国资|研究[院所]|设计院|大学|学院|学校|医院|合作社|供销社|[厂矿场局部办站社店所]$|\b(?:CO|LTD|LIMITED|INC|CORP|GMBH|PLC|LLC|HOLDINGS?|GROUP|COMPANY)\b/i.test(
    name,
  );

/** 张三 → 张*, Li Lei → L*****: the first character stays. */
export const maskName = (name: string): string => {
  const [first = '', ...rest] = [...name];
  return first + '*'.repeat(Math.min(rest.length, 5) || 1);
};
/** 13870012345 → 138****2345; shorter ones keep their last two digits. */
export const maskPhone = (phone: string): string =>
  phone.length >= 11
    ? `${phone.slice(0, 3)}****${phone.slice(-4)}`
    : `${'*'.repeat(Math.max(4, phone.length - 2))}${phone.length > 5 ? phone.slice(-2) : ''}`;
const maskEmail = (email: string): string => {
  const at = email.lastIndexOf('@');
  return at > 0 ? `${email.slice(0, 1)}***${email.slice(at)}` : '***';
};

/** A value of a person as it is shown to who may not see it. A post is no secret. */
export function maskPersonValue(attribute: string, value: string): string {
  if (attribute === 'name') return maskName(value);
  if (attribute === 'holder') return isNaturalPerson(value) ? maskName(value) : value;
  if (attribute === 'phone') return maskPhone(value);
  if (attribute === 'email') return maskEmail(value);
  return value;
}

type Mapping = { from: string; to: string };
const SECRET = new Map([
  ['person:name', 'name'],
  ['person:phone', 'phone'],
  ['person:email', 'email'],
]);
/** What the columns of a source hold of persons in charge and of shareholders, by name of the column. */
export function personColumns(mappings: readonly Mapping[]): ReadonlyMap<string, string> {
  return new Map(
    mappings.flatMap(({ from, to }) => {
      const attribute = SECRET.get(to) ?? (to === 'relation:shareholder' ? 'holder' : undefined);
      return attribute === undefined ? [] : from.split('|').map((column) => [column, attribute] as const);
    }),
  );
}

/** A raw row with its columns of persons masked. */
export function maskRow<Row extends Readonly<Record<string, unknown>>>(
  row: Row,
  columns: ReadonlyMap<string, string>,
): Row {
  if (columns.size === 0) return row;
  const masked = Object.entries(row).map(([name, value]) => {
    const attribute = columns.get(name);
    if (attribute === undefined || value === null || value === undefined || value === '')
      return [name, value];
    return [name, maskPersonValue(attribute, String(value))];
  });
  return Object.fromEntries(masked) as Row;
}
