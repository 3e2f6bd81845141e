import type { UndoReport } from '@ronghe/contracts';
import type { Kysely } from 'kysely';
import type { Scope } from '#platform/auth/scope.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import { AppError } from '#platform/errors/errors.ts';
import { createEnterpriseStore } from '../enterprises/enterprises.store.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createConstraints, idOfRecord } from '../matching/constraints.ts';
import { createUnscopedLinkStore, type Link } from '../matching/links.store.ts';
import { createUnscopedPairStore } from './decisions.store.ts';
import type { Effects } from './effects.service.ts';
import type { StoredEvent } from './events.store.ts';

type Parts = { transaction: Kysely<FuseTables>; analytics: Analytics; scope: Scope; effects: Effects };
type Undone = { report: UndoReport; touched: string[] };
type Sentence = UndoReport['left'][number];

const records = (count: number): { zh: string; en: string } => ({
  zh: `${count} 条记录`,
  en: count === 1 ? '1 record' : `${count} records`,
});

/**
 * Takes the effect of a decision back, whose pairs hold no more, as far as what came later allows: inside the transaction
 * that holds the lock of golden records. What could not be put back is told, never forced.
 */
export function createUndoing({ transaction, analytics, scope, effects }: Parts) {
  const enterprises = createEnterpriseStore(transaction, analytics);
  const links = createUnscopedLinkStore(transaction);
  const pairs = createUnscopedPairStore(transaction);

  async function find(id: string) {
    const found = await enterprises.find(scope, id);
    if (!found) throw new AppError('NOT_FOUND', { thing: `enterprise ${id}` });
    return found;
  }

  /** Other decisions in force that keep the two groups as they are. */
  async function constraintsOf(all: readonly Link[]) {
    return createConstraints(await pairs.touching(all));
  }

  async function part({ enterprise, other, detail }: StoredEvent): Promise<Undone> {
    const former = other ?? '';
    const [now, then] = [await find(enterprise), await find(former)];
    const nothing = (sentence: Sentence): Undone => ({
      report: { restored: [], left: [sentence] },
      touched: [],
    });
    if (then.id !== now.id || then.id === former)
      return nothing({ zh: '两家企业已经分开', en: 'The two enterprises are apart already' });
    const all = await links.ofEnterprises([now.id]);
    const was = new Map(detail.records.map((record) => [idOfRecord(record), record.matchedBy]));
    const stayed = new Set(detail.stayed?.map(idOfRecord));
    const theirs = all.filter((link) => was.has(idOfRecord(link)));
    const later = all.filter((link) => !was.has(idOfRecord(link)) && !stayed.has(idOfRecord(link)));
    const codes = new Set(theirs.flatMap(({ code }) => code ?? []));
    const ours = all.filter((link) => stayed.has(idOfRecord(link)));
    const shared = ours.find(({ code }) => code !== null && codes.has(code));
    if (shared)
      return nothing({
        zh: `两边现在有相同的统一社会信用代码 ${shared.code}，仍是一家`,
        en: `Both sides now carry the code ${shared.code}, so they stay one`,
      });
    const along = later.filter(({ code }) => code !== null && codes.has(code));
    const leaving = [...theirs, ...along];
    const staying = all.filter((link) => !leaving.includes(link));
    if (leaving.length === 0 || staying.length === 0)
      return nothing({ zh: '一边已没有记录', en: 'One side has no records any more' });
    const constraints = await constraintsOf(all);
    const stays = new Set(staying.map(idOfRecord));
    if (leaving.some((link) => constraints.tiedTo(idOfRecord(link)).some((id) => stays.has(id))))
      return nothing({
        zh: '另有决定认定两边是同一家',
        en: 'Another decision in force says that the two sides are one',
      });
    const id = await effects.separate({
      enterprise: now.id,
      leaving,
      formerId: former,
      rules: was,
      kind: 'undone',
    });
    const missing = detail.records.length - theirs.length;
    const left = [
      ...leftOf(missing, '已归入其他企业', 'belong to other enterprises now'),
      ...leftOf(later.length - along.length, '是合并之后来的，留在原企业', 'came after the merge and stay'),
    ];
    const restored = [sentenceOf(leaving.length, '回到原来的企业', 'went back to their former enterprise')];
    return { report: { restored, left }, touched: [now.id, id] };
  }

  async function rejoin({ enterprise, other, detail }: StoredEvent): Promise<Undone> {
    const [home, split] = [await find(enterprise), await find(other ?? '')];
    const nothing = (sentence: Sentence): Undone => ({
      report: { restored: [], left: [sentence] },
      touched: [],
    });
    if (home.id === split.id)
      return nothing({ zh: '两部分已经是一家', en: 'The two parts are one enterprise already' });
    const [stay, go] = [await links.ofEnterprises([home.id]), await links.ofEnterprises([split.id])];
    const constraints = await constraintsOf([...stay, ...go]);
    if (constraints.between(stay.map(idOfRecord), go.map(idOfRecord)))
      return nothing({
        zh: '另有决定认定两部分不是同一家',
        en: 'Another decision in force says that the two parts are not one',
      });
    await effects.join({ from: split.id, into: home.id, records: go, kind: 'undone' });
    const was = new Set(detail.records.map(idOfRecord));
    const back = go.filter((link) => was.has(idOfRecord(link))).length;
    const left = [
      ...leftOf(was.size - back, '已归入其他企业', 'belong to other enterprises now'),
      ...leftOf(go.length - back, '是拆分之后来的，一并归入', 'came after the split and came along'),
    ];
    const restored = [sentenceOf(back, '回到原来的企业', 'went back to the enterprise')];
    return { report: { restored, left }, touched: [home.id] };
  }

  return (event: StoredEvent): Promise<Undone> => (event.kind === 'merged' ? part(event) : rejoin(event));
}

const sentenceOf = (count: number, zh: string, en: string): Sentence => {
  const said = records(count);
  return { zh: `${said.zh}${zh}`, en: `${said.en} ${en}` };
};
const leftOf = (count: number, zh: string, en: string): Sentence[] =>
  count > 0 ? [sentenceOf(count, zh, en)] : [];
