import type { MatchBar, MatchKey, MatchWaterfall } from '@ronghe/contracts';
import { levelsOf } from '../linking/comparing.ts';
import type { Waterfall } from '../linking/explain.ts';
import { COMPARISON_TITLES, ENTERPRISE_SETTINGS, ruleTitle } from './enterprise-settings.ts';
import type { Traits } from './levels.ts';
import { keysOf } from './traits.ts';

const UNTOLD = { zh: '至少一方没有', en: 'one side tells nothing' };

const COMMON = {
  zh: '许多记录共用这个值，不作依据',
  en: 'so many records share the value that it says nothing',
};

/** What was compared, as people read it. */
function shown(comparison: string, traits: Traits): string {
  switch (comparison) {
    case 'address':
      return [traits['address.road'], traits['address.number']].filter(Boolean).join(' ');
    case 'county':
      return traits.county ?? traits['address.region'] ?? '';
    case 'name':
      return [traits.name ?? '', traits.former ? `（${traits.former}）` : ''].join('');
    default:
      return traits[comparison] ?? '';
  }
}

/** A waterfall with the words and values that people read beside it. */
export function waterfallView(
  { prior, bars, weight, probability }: Waterfall,
  left: Traits,
  right: Traits,
): MatchWaterfall {
  return {
    prior,
    weight,
    probability,
    bars: bars.map((bar): MatchBar => {
      const comparison = ENTERPRISE_SETTINGS.comparisons.find(({ name }) => name === bar.comparison);
      const words = COMPARISON_TITLES[bar.comparison];
      const place = comparison ? levelsOf(comparison) - bar.level : 0;
      const [l, r] = [shown(bar.comparison, left), shown(bar.comparison, right)];
      const isTold = l !== '' && r !== '';
      return {
        comparison: bar.comparison,
        title: words?.title ?? { zh: bar.comparison, en: bar.comparison },
        level: bar.level,
        label: bar.level < 0 ? (isTold ? COMMON : UNTOLD) : (words?.levels[place] ?? UNTOLD),
        left: l,
        right: r,
        m: bar.m,
        u: bar.u,
        weight: bar.weight,
        frequency: bar.frequency,
      };
    }),
  };
}

type Found = { sizes: ReadonlyMap<number, number>; common: ReadonlySet<number> };

/** How a record was looked for; with a second one, which rules bring the two together. */
export function keyViews(left: Traits, { sizes, common }: Found, right?: Traits): MatchKey[] {
  const [mine, theirs] = [keysOf(left), right ? keysOf(right) : []];
  return ENTERPRISE_SETTINGS.blocking.map((rule, number): MatchKey => {
    const [own, others] = [mine, theirs].map((list) =>
      list.filter((one) => one.rule === number).map(({ key }) => key),
    );
    const title = ruleTitle(rule);
    if (!own?.length || (right && !others?.length)) return { rule: title, state: 'untold', records: null };
    const shared = right ? own.filter((key) => others?.includes(key)) : own;
    const records = Math.max(0, ...own.map((key) => sizes.get(key) ?? 0));
    if (shared.length === 0) return { rule: title, state: 'differs', records };
    return { rule: title, state: shared.every((key) => common.has(key)) ? 'common' : 'found', records };
  });
}
