import type { AlertRule } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { unitSign } from '../../lib/unit.ts';
import { useFormat } from '../../lib/use-format.ts';

/** What a rule asks for, as a sentence. */
export function useConditionText() {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    { condition, forSeconds }: Pick<AlertRule, 'condition' | 'forSeconds'>,
    unit: string | null = null,
  ): string => {
    const sign = unitSign(unit);
    const value = (number: number) =>
      sign === '' ? format.number(number) : `${format.number(number)} ${sign}`;
    const said = (() => {
      switch (condition.kind) {
        case 'above':
        case 'below': {
          const { kind, limit, clear } = condition;
          return clear === undefined || clear === limit
            ? t(`alerts.conditions.${kind}`, { limit: value(limit) })
            : t(`alerts.conditions.${kind}Clear`, { limit: value(limit), clear: value(clear) });
        }
        case 'outside':
          return t('alerts.conditions.outside', { low: value(condition.low), high: value(condition.high) });
        case 'equal':
        case 'unequal': {
          const shown =
            typeof condition.value === 'boolean'
              ? t(condition.value ? 'alerts.on' : 'alerts.off')
              : value(condition.value);
          return t(`alerts.conditions.${condition.kind}`, { value: shown });
        }
        case 'silent':
          return t('alerts.conditions.silent', { duration: format.duration(condition.seconds * 1000) });
        case 'bad':
          return t('alerts.conditions.bad');
      }
    })();
    return forSeconds > 0
      ? t('alerts.held', { condition: said, duration: format.duration(forSeconds * 1000) })
      : said;
  };
}
