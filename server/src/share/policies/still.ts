import type { Decision, Limit, Part } from './deciding.ts';

const partKey = ({ policy, rows, columns }: Part): string =>
  JSON.stringify([policy?.id, policy?.version, rows, [...columns]]);
const limitKey = ({ policy, within, rows, masks }: Limit): string =>
  JSON.stringify([policy.id, policy.version, within, rows, [...masks]]);

/**
 * Whether everything a decision gave is still given: each of its grants holds as it was and no limit has come. What was given besides since
 * then does not matter.
 */
export function stillHolds(before: Decision, now: Decision | undefined): boolean {
  if (!now || now.refused !== null) return false;
  const parts = new Set(now.parts.map(partKey));
  const limits = new Set(before.limits.map(limitKey));
  return (
    before.parts.every((part) => parts.has(partKey(part))) &&
    now.limits.every((limit) => limits.has(limitKey(limit)))
  );
}
