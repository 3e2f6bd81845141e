import { useTranslation } from 'react-i18next';
import { useFormat } from '../../lib/use-format.ts';

/** What the map and the ranking can be coloured and ordered by. */
export const MEASURES = ['enterprises', 'revenue', 'employees'] as const;
export type Measure = (typeof MEASURES)[number];

/** A measure's value as text with its unit. */
export function useMeasureText(measure: Measure): (value: number) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (value) => {
    if (measure === 'revenue') return format.money(value);
    if (measure === 'employees') return `${format.compact(value)} ${t('province.people')}`.trim();
    return `${format.number(value, 0)} ${t('province.company')}`.trim();
  };
}
