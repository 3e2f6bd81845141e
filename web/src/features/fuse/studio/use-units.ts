import type { ReferenceRow } from '@ronghe/contracts';
import { useMemo } from 'react';
import { useGet } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';

export type UnitOption = { value: string; label: string; names: readonly string[] };

/** The units with the one that a source writes under the name that it has there: 人 for what else is 个. */
export const unitsAs = (units: readonly UnitOption[], written: string | null | undefined): UnitOption[] =>
  units.map((unit) => (written && unit.names.includes(written) ? { ...unit, label: written } : unit));

/** Units that numbers of a source may be in, by their written name. */
export function useUnits(): UnitOption[] {
  const can = useCan();
  const query = useGet<{ items: ReferenceRow[] }>(
    '/api/fuse/reference/units/entries',
    { limit: 500 },
    { enabled: can('fuse:reference:read') },
  );
  return useMemo(
    () =>
      (query.data?.items ?? []).map(({ key, value }) => {
        const names = Array.isArray(value.names) ? value.names.map(String) : [];
        return { value: key, label: names[0] ?? key, names };
      }),
    [query.data],
  );
}
