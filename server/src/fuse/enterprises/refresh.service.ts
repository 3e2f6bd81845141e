import type { EnterpriseAttribute } from '@ronghe/contracts';
import type { EventStore, NewEvent } from '../decisions/events.store.ts';
import { addCounts, noCounts } from '../sources/runs.ts';
import type { ChoosingStore } from '../survivorship/choosing.store.ts';
import type { Belonging } from './belonging.ts';
import type { FusingStore } from './fusing.store.ts';
import type { Cause } from './fusing.ts';
import type { GoldenStore, NewChange, NewValue, Updated, ValueMark } from './golden.store.ts';
import { type Golden, goldenOf, markOf } from './golden.ts';
import { type EnterpriseSummaryColumns, speakersOf, summaryOf } from './summary.ts';

export type Touched = { enterprise: string; organisation: string };
export type RefreshStores = {
  store: GoldenStore;
  records: FusingStore;
  events: EventStore;
  choosing: ChoosingStore;
};
type Refresh = {
  cause: Cause;
  belonging: Belonging;
  at: Date;
  ids: readonly string[];
  made: ReadonlySet<string>;
};

/** Chooses the values of these enterprises again and writes only what differs. */
export async function refresh(
  { store, records, events, choosing }: RefreshStores,
  { cause, belonging, at, ids, made }: Refresh,
) {
  const [stored, behind, values] = [
    await store.enterprises(ids),
    await records.members(ids),
    await store.values(ids),
  ];
  const { content: survivorship } = await choosing.newest();
  const pinned = await choosing.pins(ids, at);
  const counts = noCounts();
  const changes: NewChange[] = [];
  const puts: NewValue[] = [];
  const removed: { enterprise: string; attribute: EnterpriseAttribute }[] = [];
  const updates: Updated[] = [];
  const lifecycle: NewEvent[] = [];
  for (const [id, before] of stored) {
    const { place, speakers } = speakersOf(behind.get(id)?.members ?? [], belonging);
    const golden = goldenOf(speakers, { survivorship, pins: pinned.get(id) ?? [] });
    const difference = differenceOf(golden, values.get(id) ?? []);
    puts.push(...difference.puts.map((put) => ({ ...put, enterprise: id })));
    removed.push(...difference.removed.map((attribute) => ({ enterprise: id, attribute })));
    const by = { run: cause.run, decision: cause.decision, enterprise: id, at };
    changes.push(...difference.changes.map((change) => ({ ...change, ...by })));
    const summary: Partial<EnterpriseSummaryColumns> =
      speakers.length === 0
        ? { state: 'gone', sources: 0, findings: 0 }
        : summaryOf(golden, speakers, { place, findings: behind.get(id)?.findings ?? 0 });
    const different = Object.entries(summary).some(
      ([column, value]) => before[column as keyof EnterpriseSummaryColumns] !== value,
    );
    if (summary.state !== undefined && summary.state !== before.state)
      lifecycle.push({ kind: summary.state === 'gone' ? 'gone' : 'back', enterprise: id });
    if (different || difference.changes.length > 0) updates.push({ before, summary });
    const isNew = made.has(id);
    addCounts(counts, {
      enterprisesCreated: isNew ? 1 : 0,
      enterprisesChanged: !isNew && difference.changes.length > 0 ? 1 : 0,
      valuesChanged: difference.changes.length,
    });
  }
  await store.removeValues(removed, at);
  await store.putValues(puts, at);
  await store.update(updates, at);
  await store.addChanges(changes);
  await events.add(lifecycle, cause, at);
  const touched = updates.map(({ before, summary }) => ({
    enterprise: before.id,
    organisation: summary.organisation ?? before.organisation,
  }));
  return { counts, touched };
}

type ValueDifference = Pick<NewChange, 'attribute' | 'before' | 'after'>;

/** What to write so that stored values become golden ones, and which values themselves differ. */
function differenceOf(golden: Golden, before: readonly ValueMark[]) {
  const old = new Map(before.map((value) => [value.attribute, value]));
  const puts: Omit<NewValue, 'enterprise'>[] = [];
  const changes: ValueDifference[] = [];
  for (const [name, chosen] of Object.entries(golden)) {
    const attribute = name as EnterpriseAttribute;
    const stored = old.get(attribute);
    old.delete(attribute);
    if (stored && stored.mark === markOf(chosen)) continue;
    puts.push({ attribute, chosen });
    if (stored?.value !== chosen.value)
      changes.push({ attribute, before: stored?.value ?? null, after: chosen.value });
  }
  for (const { attribute, value } of old.values()) changes.push({ attribute, before: value, after: null });
  return { puts, changes, removed: [...old.keys()] };
}
