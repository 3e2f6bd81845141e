import type { Scope } from '#platform/auth/scope.ts';
import type { Access } from '../metering/access.store.ts';
import { shapeOf } from '../metering/shape.ts';
import type { Prepared } from './asking.store.ts';
import type { Question } from './gateway.ts';

/** How datasets of the sandbox are called in the record of accesses. */
const SANDBOX_PREFIX = 'sandbox.';

/** What is known of a question by the time it is noted. */
export type Told = { reads: Prepared['reads']; sandbox: boolean };
export type How = Pick<Access, 'outcome' | 'reason' | 'rows' | 'bytes' | 'rowsRead'>;
type Noted = How & { question: Question; told: Told; atMs: number; elapsedMs: number };

/** A question as it is noted: a part for each dataset that it read. */
export function accessesOf(scope: Scope, { question, told, ...how }: Noted): Access[] {
  const shared = {
    ...how,
    request: question.requestId,
    door: question.door,
    organisation: scope.organisation,
    actorKind: scope.actor.kind,
    actor: scope.actor.id,
    actorName: scope.actor.name,
    purpose: question.purpose ?? '',
    address: scope.from ?? '',
    shape: shapeOf(question.sql),
  };
  if (told.reads.length === 0)
    return [{ ...shared, part: 0, dataset: '', columns: [], rowsOf: [], policies: [] }];
  return told.reads.map(({ seen: { id, decision }, columns }, part) => ({
    ...shared,
    part,
    dataset: told.sandbox ? `${SANDBOX_PREFIX}${id}` : id,
    columns,
    rowsOf: told.sandbox ? [] : decision.organisations,
    policies: [...decision.parts, ...decision.limits].flatMap(({ policy }) =>
      policy ? [`${policy.id}:${policy.version}`] : [],
    ),
  }));
}
