import type { GoldenValue } from '@ronghe/contracts';
import { useDictionaries } from '../../lib/dictionaries.ts';
import { useFormat } from '../../lib/use-format.ts';

/** A golden value as people read it: names for codes, grouped digits for numbers. */
export function useGoldenText(): (golden: Pick<GoldenValue, 'attribute' | 'value' | 'label'>) => string {
  const format = useFormat();
  const dictionaries = useDictionaries();
  return ({ attribute, value, label }) => {
    if (attribute === 'size') return dictionaries.name('sizes', value) ?? value;
    if (attribute === 'revenue' || attribute === 'registeredCapital' || attribute === 'employees') {
      const number = Number(value);
      return value.trim() === '' || Number.isNaN(number) ? value : format.number(number);
    }
    const known = label ?? (attribute === 'division' ? dictionaries.divisionName(value) : null);
    return known === null || known === value ? value : `${known}（${value}）`;
  };
}
