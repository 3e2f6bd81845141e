import type { Bilingual, FieldMapping, UnitEntry } from '@ronghe/contracts';
import { headerUnit, unitNamed } from '../profile/header-units.ts';
import { KEPT_UNITS } from '../standards/numbers.ts';
import { reference } from '../standards/reference.ts';

/** Units that the platform keeps numbers in, in words; other units are called by their own names. */
const KEPT_NAMES: Readonly<Record<string, Bilingual>> = {
  'wan-yuan': { zh: '万元', en: '10,000 CNY' },
  'wan-kilowatt-hour': { zh: '万千瓦时', en: '10,000 kWh' },
  percent: { zh: '%', en: '%' },
};

type Mapping = Pick<FieldMapping, 'from' | 'to' | 'transform' | 'unit'>;
type Profiled = { name: string; unit: string | null };

/**
 * The unit that numbers of a source's own columns are in after its mapping: that of the platform where it keeps the quantity, else
 * the one the mapping names. A unit that cells carry counts as named, as each is converted. Targets without one are missing.
 */
export function unitsOf(
  mappings: readonly Mapping[],
  profiled: readonly Profiled[],
): Record<string, Bilingual> {
  const cellUnits = new Map(profiled.map(({ name, unit }) => [name, unit]));
  const written = ({ from }: Mapping): UnitEntry | null => {
    const [name = ''] = from.split('|');
    const unit = headerUnit(name) === null ? cellUnits.get(name) : null;
    return unit ? unitNamed(unit, name) : null;
  };
  return Object.fromEntries(
    mappings.flatMap((mapping) => {
      if (!mapping.to.startsWith('column:') || mapping.transform !== 'number') return [];
      const entry = reference().units.find(({ unit }) => unit === mapping.unit) ?? written(mapping);
      return entry ? [[mapping.to, nameOf(entry)]] : [];
    }),
  );
}

function nameOf(entry: UnitEntry): Bilingual {
  const kept = KEPT_UNITS[entry.quantity];
  const shown = reference().units.find(({ unit }) => unit === kept) ?? entry;
  const [zh = shown.unit] = shown.names;
  return KEPT_NAMES[shown.unit] ?? { zh, en: shown.names.find((name) => /^[ -~]+$/.test(name)) ?? zh };
}
