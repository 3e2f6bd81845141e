import type { Mask } from '@ronghe/contracts';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../lib/use-format.ts';

type Written = { number(value: number): string; percent(ratio: number): string };

/** How a mask hides values, in a few words. */
export function maskText(mask: Mask, t: TFunction, { number, percent }: Written): string {
  switch (mask.kind) {
    case 'partial':
      return t('share.masks.partial', { first: mask.first, last: mask.last });
    case 'band':
      return t('share.masks.band', { step: number(mask.step) });
    case 'truncate':
      return t('share.masks.truncate', { to: t(`share.periods.${mask.to}`) });
    case 'division':
      return t(mask.digits === 2 ? 'share.masks.division2' : 'share.masks.division4');
    case 'noise':
      return t('share.masks.noise', { share: percent(mask.share) });
    default:
      return t(`share.masks.${mask.kind}`);
  }
}

/** Words for masks, in the language of the page. */
export function useMaskText(): (masks: readonly Mask[]) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (masks) => masks.map((mask) => maskText(mask, t, format)).join(t('share.listed'));
}
