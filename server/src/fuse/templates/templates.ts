import type { ConnectorTemplate } from '@ronghe/contracts';
import { CUSTOMS_TRADE } from './customs-trade.data.ts';
import { MARKET_REGISTER } from './market-register.data.ts';
import { OPERATION_MONITOR } from './operation-monitor.data.ts';
import { PARK_CLOUD } from './park-cloud.data.ts';
import { POWER_USE } from './power-use.data.ts';
import { SELF_REPORT } from './self-report.data.ts';
import { STATISTICS_MONTHLY } from './statistics-monthly.data.ts';
import { TAX_DECLARATION } from './tax-declaration.data.ts';

/** Sources as they have been connected before, the two provincial systems first. */
export const TEMPLATES: readonly ConnectorTemplate[] = [
  PARK_CLOUD,
  OPERATION_MONITOR,
  MARKET_REGISTER,
  TAX_DECLARATION,
  POWER_USE,
  CUSTOMS_TRADE,
  STATISTICS_MONTHLY,
  SELF_REPORT,
];
