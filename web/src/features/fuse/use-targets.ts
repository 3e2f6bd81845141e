import { PART_TARGET_LIST } from '@ronghe/contracts';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useDictionaries } from '../../lib/dictionaries.ts';

const COLUMN = 'column:';
const INDICATOR = 'indicator:';
/** Longest name of a column of one's own. */
const NAME_LENGTH_MAX = 80;

/** A column kept under its own name, without the signs that mean something in a mapping. */
export function columnTarget(name: string): string {
  const plain = name
    .normalize('NFKC')
    .replaceAll('|', '/')
    .replaceAll(/[^\p{L}\p{N}_ .()%/·&#+-]/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .slice(0, NAME_LENGTH_MAX)
    .trim();
  return `${COLUMN}${plain || 'column'}`;
}
export const isColumnTarget = (to: string): boolean => to.startsWith(COLUMN);

const TRANSFORM_OF: Readonly<Record<string, string>> = {
  name: 'name',
  formerName: 'name',
  shortName: 'name',
  code: 'code',
  division: 'division',
  industry: 'industry',
  phone: 'phone',
  established: 'date',
  registeredCapital: 'number',
  employees: 'number',
  revenue: 'number',
};
const PARTS: ReadonlyMap<string, string> = new Map(
  PART_TARGET_LIST.map(({ target, transform }) => [target, transform]),
);
/** The transform that a target usually takes; what is kept as a column stays as it is. */
export const transformOf = (to: string): string =>
  to.startsWith(INDICATOR) ? 'number' : (TRANSFORM_OF[to] ?? PARTS.get(to) ?? 'text');

type Option = { value: string; label: string };
export type TargetGroup = { label: string; options: Option[] };

/** Names of what fields are mapped to, and all targets there are to choose from: attributes, indicators, own columns. */
export function useTargets() {
  const { t } = useTranslation();
  const dictionaries = useDictionaries();
  return useMemo(() => {
    const attributes = dictionaries.options('attributes');
    const parts = dictionaries.options('parts');
    const names = new Map(
      [...attributes, ...dictionaries.indicators, ...parts].map(({ value, label }) => [value, label]),
    );
    const name = (to: string): string =>
      names.get(to) ??
      (to.startsWith(COLUMN)
        ? to.slice(COLUMN.length)
        : to.startsWith(INDICATOR)
          ? to.slice(INDICATOR.length)
          : to);
    const groups = (own: string | null): TargetGroup[] => [
      ...(own === null
        ? []
        : [{ label: t('studio.groups.column'), options: [{ value: columnTarget(own), label: own }] }]),
      { label: t('studio.groups.attribute'), options: attributes },
      { label: t('studio.groups.indicator'), options: dictionaries.indicators },
      { label: t('studio.groups.part'), options: parts },
    ];
    return { name, groups, transforms: dictionaries.options('transforms') };
  }, [dictionaries, t]);
}
