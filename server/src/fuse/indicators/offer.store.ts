import { STATISTIC_CODES, STATISTICS } from '@ronghe/contracts';
import type { ColumnOffer, DatasetOffer } from '#platform/datasets/offer.ts';
import { withinSubtrees } from '#platform/datasets/subtree.store.ts';
import { quote } from '#platform/db/sql-parameters.ts';

type Told = Pick<ColumnOffer, 'name' | 'title'> & Partial<ColumnOffer>;
const column = (told: Told): ColumnOffer => ({
  ...{ description: told.title, unit: null, type: 'text', grade: 1, level: 'general', personal: false },
  ...told,
});
/** What one enterprise reports by month is for those who need it: grade 二级. */
const amount = (name: string, zh: string, en: string): ColumnOffer =>
  column({
    ...{ name, title: { zh, en }, type: 'number', grade: 2 },
    description: { zh: `${zh}，单位见 unit`, en: `${en}, in the unit of the column unit` },
  });

const COLUMNS: readonly ColumnOffer[] = [
  column({ name: 'enterprise', title: { zh: '企业编号', en: 'Id of the enterprise' } }),
  column({ name: 'enterprise_name', title: { zh: '企业名称', en: 'Name of the enterprise' } }),
  column({ name: 'organisation', title: { zh: '责任组织', en: 'Organisation' } }),
  column({ name: 'city', title: { zh: '所在城市', en: 'City' }, meaning: 'division' }),
  column({ name: 'county', title: { zh: '所在区县', en: 'County' }, meaning: 'division' }),
  column({ name: 'park', title: { zh: '所在园区', en: 'Park' } }),
  column({ name: 'industry', title: { zh: '行业代码', en: 'Industry' } }),
  column({ name: 'key_industry', title: { zh: '重点产业', en: 'Key industry' } }),
  column({ name: 'size', title: { zh: '企业规模', en: 'Size class' } }),
  column({ name: 'indicator', title: { zh: '指标代码', en: 'Code of the indicator' } }),
  column({ name: 'indicator_name', title: { zh: '指标名称', en: 'Name of the indicator' } }),
  column({ name: 'unit', title: { zh: '计量单位', en: 'Unit' } }),
  column({
    name: 'period',
    type: 'date',
    title: { zh: '报告期', en: 'Month' },
    description: { zh: '该月第一天', en: 'First day of the month' },
  }),
  amount('total', '本年累计或期末值', 'Year to date, or at the end of the month'),
  amount('total_base', '上年同期累计或期末值', 'The same a year before'),
  amount('month', '当月值', 'Value of the month'),
  amount('month_base', '上年同月值', 'The same month a year before'),
];

const listOf = (texts: readonly string[]) => `[${texts.map(quote).join(', ')}]`;
const codesWhere = (fits: (code: (typeof STATISTIC_CODES)[number]) => boolean) =>
  STATISTIC_CODES.filter(fits);
const RATIOS = codesWhere((code) => STATISTICS[code].kind === 'ratio');
const MONTHLY = codesWhere((code) => (STATISTICS[code].measures as readonly string[]).includes('month'));
const textBy = (of: (code: (typeof STATISTIC_CODES)[number]) => string) =>
  `transform(toString(rh__m.code), ${listOf(STATISTIC_CODES)}, ${listOf(STATISTIC_CODES.map(of))}, '')`;
/** An amount, or for ratios one amount over the other; nothing where it is not finite. */
const figure = (name: string) => {
  const said = `if(rh__m.code in (${RATIOS.map(quote).join(', ')}), rh__m.${name} / rh__m.${name}_over, rh__m.${name})`;
  return `if(isFinite(${said}), ${said}, null)`;
};
/** Values of a month are told of indicators that are published by month. */
const monthly = (name: string) =>
  `if(rh__m.code in (${MONTHLY.map(quote).join(', ')}), ${figure(name)}, null)`;

const OF_ENTERPRISE: Readonly<Record<string, string>> = { enterprise: 'id', enterprise_name: 'name' };
const SAID: Readonly<Record<string, string>> = {
  indicator: 'toString(rh__m.code)',
  indicator_name: textBy((code) => STATISTICS[code].zh),
  unit: textBy((code) => STATISTICS[code].unit),
  period: 'makeDate(intDiv(rh__m.period, 100), rh__m.period % 100, 1)',
  total: figure('total'),
  total_base: figure('total_base'),
  month: monthly('month'),
  month_base: monthly('month_base'),
};
const FULL = new Set(['enterprise', 'enterprise_name', 'organisation']);

function said(name: string): string {
  const own = SAID[name];
  if (own !== undefined) return own;
  const text = `toString(rh__n.${OF_ENTERPRISE[name] ?? name})`;
  return FULL.has(name) ? text : `nullIf(${text}, '')`;
}

/**
 * Monthly indicators of single enterprises. Who reads only sums of them by default reads none here: sums tell of single enterprises
 * unless small cells are hidden, which rows cannot do.
 */
export const unscopedIndicatorOffer = (refresh: () => Promise<string | null>): DatasetOffer => ({
  id: 'indicators',
  title: { zh: '企业月度指标', en: 'Monthly indicators' },
  description: {
    zh: '每家企业、每个指标、每个月一行；只含已发布的值',
    en: 'One row an enterprise, indicator and month; published values only',
  },
  columns: COLUMNS,
  key: ['enterprise', 'indicator', 'period'],
  organisationColumn: 'organisation',
  tables: ['fuse.indicator_month', 'fuse.indicator_enterprise'],
  needs: 'fuse:enterprise:read',
  relation({ organisations }) {
    const list = COLUMNS.map(({ name }) => `${said(name)} as ${name}`);
    const inside = withinSubtrees(organisations, 'rh__e.organisation');
    return {
      // sql-identifier: columns of this file; paths are quoted literals
      sql: `select ${list.join(', ')} from fuse.indicator_month as rh__m
        inner join (
          select rh__e.enterprise as enterprise, rh__e.version as version, rh__e.id as id, rh__e.name as name,
            rh__e.organisation as organisation, rh__e.city as city, rh__e.county as county, rh__e.park as park,
            rh__e.industry as industry, rh__e.key_industry as key_industry, rh__e.size as size
          from fuse.indicator_enterprise as rh__e final where rh__e.active = 1 and ${inside}
        ) as rh__n on rh__n.enterprise = rh__m.enterprise and rh__n.version = rh__m.version
        where isFinite(rh__m.total) or isFinite(rh__m.month)`,
      filters: {
        'fuse.indicator_enterprise': withinSubtrees(organisations, 'organisation'),
        'fuse.indicator_month': `enterprise in (select enterprise from fuse.indicator_enterprise where ${withinSubtrees(organisations, 'organisation')})`,
      },
    };
  },
  refresh,
});
