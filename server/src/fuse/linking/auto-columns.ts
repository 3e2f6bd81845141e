import type { LinkColumn } from '@ronghe/contracts';
import type { ColumnLook } from './auto-kinds.ts';
import { isMonthFirst } from './days.ts';
import { lettersOf, plainText } from './texts.ts';

/** A column that is compared: where it stands in each input, and what its values are like. */
export type AutoColumn = LinkColumn & { looks: readonly ColumnLook[] };
/** A column that is not compared, and why. */
export type LeftOut = { input: number; header: string; reason: string };

const VALUES_COMPARED = 4_000;
const OVERLAP_MIN = 0.03;

/** Words that mean the same in headers. */
const SYNONYMS: readonly (readonly string[])[] = [
  ['name', 'title', 'product', 'productname', 'song', 'songname', 'songtitle', 'beername', 'namn'],
  ['address', 'addr', 'street', 'address1'],
  ['phone', 'tel', 'telephone', 'phonenumber', 'mobile'],
  ['authors', 'author', 'writers', 'creator', 'artist', 'artistname'],
  ['givenname', 'firstname', 'forename', 'given', 'fname'],
  ['surname', 'lastname', 'familyname', 'lname', 'family'],
  ['dateofbirth', 'dob', 'birthdate', 'birthday', 'birth'],
  ['postcode', 'zip', 'zipcode', 'postalcode'],
  ['manufacturer', 'brand', 'company', 'vendor', 'brewfactoryname'],
  ['venue', 'journal', 'booktitle', 'conference'],
  ['type', 'category', 'genre', 'cuisine'],
  ['year', 'yr', 'pubyear', 'date'],
  ['price', 'cost', 'amount'],
  ['企业名称', '单位名称', '公司名称', '名称', '公司中文名称', '纳税人名称', '用户名称', '户名', '全称'],
  ['统一社会信用代码', '信用代码', '纳税人识别号', '税号', '社会信用代码'],
  ['法定代表人', '法人', '负责人', '法人代表'],
  ['地址', '住所', '注册地址', '经营地址', '通讯地址'],
  ['电话', '联系电话', '手机', '手机号'],
];
const plainHeader = (header: string): string => header.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
const meaningOf = (header: string): string => {
  const plain = plainHeader(header);
  const found = SYNONYMS.findIndex((words) => words.includes(plain));
  return found < 0 ? plain : `#${found}`;
};

/** Puts columns of several inputs that hold the same thing together: by header, then by meaning of the header, then by common values. */
export function matchColumns(inputs: readonly (readonly ColumnLook[])[]): {
  groups: (ColumnLook | null)[][];
  leftOut: LeftOut[];
} {
  const [first = [], ...others] = inputs;
  const leftOut: LeftOut[] = inputs.flatMap((looks, input) =>
    looks.flatMap(({ header, reason }) => (reason === null ? [] : [{ input, header, reason }])),
  );
  const usable = (looks: readonly ColumnLook[]) => looks.filter(({ reason }) => reason === null);
  const groups: (ColumnLook | null)[][] = usable(first).map((look) => [look]);
  for (const [at, looks] of others.entries()) {
    const free = new Set(usable(looks));
    for (const way of [
      (a: ColumnLook, b: ColumnLook) => (plainHeader(a.header) === plainHeader(b.header) ? 1 : 0),
      (a: ColumnLook, b: ColumnLook) => (meaningOf(a.header) === meaningOf(b.header) ? 1 : 0),
      overlap,
    ])
      pairUp(groups, free, way, at + 1);
    for (const group of groups) if (group.length === at + 1) group.push(null);
    for (const { header } of free) leftOut.push({ input: at + 1, header, reason: 'in this input only' });
  }
  return { groups, leftOut };
}

function pairUp(
  groups: (ColumnLook | null)[][],
  free: Set<ColumnLook>,
  score: (a: ColumnLook, b: ColumnLook) => number,
  length: number,
): void {
  const open = groups.filter((group) => group.length === length);
  const all = open.flatMap((group) =>
    [...free].map((look) => {
      const known = group.find((one) => one !== null);
      return { group, look, score: known ? score(known, look) : 0 };
    }),
  );
  for (const { group, look, score: value } of all.sort((a, b) => b.score - a.score)) {
    if (value < OVERLAP_MIN || group.length > length || !free.has(look)) continue;
    group.push(look);
    free.delete(look);
  }
}

/** Share of common values, or for texts half the share of common words; only where kinds agree. */
function overlap(a: ColumnLook, b: ColumnLook): number {
  if (a.kind !== b.kind && !(isWordy(a) && isWordy(b))) return 0;
  const share = (one: ReadonlySet<string>, two: ReadonlySet<string>) => {
    const values = [...one].slice(0, VALUES_COMPARED);
    return values.filter((value) => two.has(value)).length / Math.max(1, Math.min(values.length, two.size));
  };
  if (!isWordy(a)) return share(a.values, b.values);
  const words = ({ values }: ColumnLook) =>
    new Set(
      [...values].slice(0, VALUES_COMPARED).flatMap((value) =>
        lettersOf(value)
          .split(' ')
          .filter((word) => word.length > 3),
      ),
    );
  return Math.max(share(a.values, b.values), share(words(a), words(b)) / 2);
}
const isWordy = ({ kind }: ColumnLook) =>
  kind === 'text' || kind === 'people' || kind === 'company' || kind === 'person';

/** Names, kinds and headers of the columns to compare; a kind that inputs disagree on is the more forgiving one. */
export function columnsOf(groups: readonly (ColumnLook | null)[][]): AutoColumn[] {
  const names = new Set<string>();
  return groups.flatMap((group) => {
    const looks = group.filter((look) => look !== null);
    if (looks.length === 0 || (group.length > 1 && looks.length < 2)) return [];
    const [first] = looks;
    if (!first?.kind) return [];
    const kind = looks.reduce((known, { kind: other }) => wider(known, other ?? known), first.kind);
    const headers = [...new Set(looks.map(({ header }) => header))];
    const name = nameFor(first.header, names);
    const values = looks.flatMap(({ raw }) => raw.slice(0, 5_000));
    return [
      {
        name,
        kind,
        from: headers,
        ...(kind === 'date' && isMonthFirst(values) ? { dayFirst: false } : {}),
        looks,
      },
    ];
  });
}

const ORDER = ['category', 'code', 'number', 'person', 'company', 'people', 'address', 'text'] as const;
type Kind = LinkColumn['kind'];
/** Of two kinds the one that takes any text; dates, phones and e-mails only with their own kind. */
function wider(a: Kind, b: Kind): Kind {
  if (a === b) return a;
  const place = (kind: Kind) => ORDER.indexOf(kind as (typeof ORDER)[number]);
  if (place(a) < 0) return place(b) < 0 ? 'text' : b === 'category' || b === 'number' || b === 'code' ? a : b;
  if (place(b) < 0) return wider(b, a);
  return place(a) > place(b) ? a : b;
}

function nameFor(header: string, taken: Set<string>): string {
  const plain = header
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[_\d]+|_+$/g, '')
    .slice(0, 30);
  const base = plain === '' || plain === 'id' || plain === 'src' ? `column_${taken.size + 1}` : plain;
  let name = base.replace(/__+/g, '_');
  for (let at = 2; taken.has(name); at += 1) name = `${base}_${at}`;
  taken.add(name);
  return name;
}

const SAMPLED = 2_000;
const CONTAINED = 0.9;

/** Columns whose words are (nearly) all in another one: a full name beside first and last name says everything twice. */
export function redundant(columns: readonly AutoColumn[]): Set<string> {
  const wordy = columns.filter(({ kind }) => kind === 'person' || kind === 'text' || kind === 'company');
  const inside = (a: AutoColumn, b: AutoColumn): number => {
    const [la, lb] = [a.looks[0], b.looks[0]];
    if (!la || !lb) return 0;
    let [both, contained] = [0, 0];
    for (let row = 0; row < Math.min(SAMPLED, la.raw.length); row += 1) {
      const [x, y] = [lettersOf(plainText(la.raw[row] ?? '')), lettersOf(plainText(lb.raw[row] ?? ''))];
      if (x === '' || y === '') continue;
      both += 1;
      const words = new Set(y.split(' '));
      if (x.split(' ').every((word) => words.has(word))) contained += 1;
    }
    return both < 20 ? 0 : contained / both;
  };
  const gone = new Set<string>();
  for (const whole of wordy) {
    const parts = wordy.filter(
      (part) => part !== whole && !gone.has(part.name) && inside(part, whole) > CONTAINED,
    );
    const proper = parts.filter((part) => inside(whole, part) < CONTAINED);
    if (proper.length >= 2 && whole.kind !== 'text') gone.add(whole.name);
    else if (parts.length > proper.length) gone.add(whole.name);
  }
  return gone;
}

/** Pairs of columns where the value of the first (nearly) tells that of the second: a postcode tells its state. */
export function determined(columns: readonly AutoColumn[]): Map<string, string> {
  const by = new Map<string, string>();
  const simple = columns.filter(({ kind }) => kind === 'category' || kind === 'code' || kind === 'person');
  for (const small of simple) {
    for (const large of simple) {
      const [a, b] = [large.looks[0], small.looks[0]];
      if (large === small || !a || !b || by.has(small.name) || by.get(large.name) === small.name) continue;
      if (b.distinct * 2 > a.distinct || a.distinct * 3 > a.filled) continue;
      if (tells(a.raw, b.raw) > 0.93) by.set(small.name, large.name);
    }
  }
  return by;
}

function tells(from: readonly string[], to: readonly string[]): number {
  const counts = new Map<string, Map<string, number>>();
  let all = 0;
  for (const [row, raw] of from.entries()) {
    const [x, y] = [plainText(raw), plainText(to[row] ?? '')];
    if (x === '' || y === '') continue;
    all += 1;
    const group = counts.get(x) ?? new Map<string, number>();
    counts.set(x, group);
    group.set(y, (group.get(y) ?? 0) + 1);
  }
  let told = 0;
  for (const group of counts.values()) told += Math.max(...group.values());
  return all < 50 ? 0 : told / all;
}
