import type { KeyIndustryEntry } from '@ronghe/contracts';

const of = (
  industry: KeyIndustryEntry['industry'],
  scope: KeyIndustryEntry['scope'],
  prefixes: string,
  note = '',
): KeyIndustryEntry[] => prefixes.split(' ').map((prefix) => ({ industry, prefix, scope, note }));

/**
 * Which codes of GB/T 4754-2017 belong to the six industries of the policy of 2020. Our reading, to be confirmed by the
 * owner of the data: `core` is what the policy's words name, `extended` what belongs to it beside that. 374 is aviation
 * although 37 is equipment, because the longer prefix counts.
 */
export const KEY_INDUSTRY_PREFIXES: readonly KeyIndustryEntry[] = [
  ...of('electronics', 'core', '39'),
  ...of('electronics', 'extended', '3824 3825 3832 3833 3841', '电子元器件、光伏、光纤光缆、锂电'),
  ...of('nonferrous', 'core', '09 32'),
  ...of('equipment', 'core', '33 34 35 36 37 38 40'),
  ...of('equipment', 'extended', '43', '2014 年口径含修理业'),
  ...of('biomedicine', 'core', '27'),
  ...of('biomedicine', 'extended', '358 1492', '医疗器械、保健食品'),
  ...of('textile', 'core', '17 18'),
  ...of('textile', 'extended', '28 3551', '化学纤维、纺织专用设备'),
  ...of('aviation', 'core', '374'),
  ...of('aviation', 'extended', '3963 4343', '无人机、航空器修理'),
];
