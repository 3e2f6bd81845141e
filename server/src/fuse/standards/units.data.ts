import type { UnitEntry } from '@ronghe/contracts';

/**
 * Units that tables of enterprises are written in, as exact multiples of the base unit of their quantity (yuan, gram,
 * watt-hour, square metre, litre, metre, watt, one). Names that mean several units (吨 as freight, 度 as an angle) stand
 * under the one that such tables mean. 亩 is 10,000/15 m², which is no finite decimal: it is the base of land, and square
 * metres are given as multiples of a fifteenth. Sources: GB 3100-1993, the unit names of statistical forms.
 */
export const UNITS: readonly UnitEntry[] = [
  { unit: 'yuan', quantity: 'money', factor: '1', names: ['元', '元人民币', '人民币元', '圆', 'CNY', 'RMB'] },
  { unit: 'thousand-yuan', quantity: 'money', factor: '1000', names: ['千元', '千元人民币'] },
  {
    unit: 'wan-yuan',
    quantity: 'money',
    factor: '10000',
    names: ['万元', '万元人民币', '人民币万元', '万圆'],
  },
  { unit: 'million-yuan', quantity: 'money', factor: '1000000', names: ['百万元'] },
  { unit: 'ten-million-yuan', quantity: 'money', factor: '10000000', names: ['千万元'] },
  { unit: 'yi-yuan', quantity: 'money', factor: '100000000', names: ['亿元', '亿元人民币', '人民币亿元'] },
  { unit: 'gram', quantity: 'mass', factor: '1', names: ['克', 'g'] },
  { unit: 'kilogram', quantity: 'mass', factor: '1000', names: ['千克', '公斤', 'kg'] },
  { unit: 'jin', quantity: 'mass', factor: '500', names: ['斤', '市斤'] },
  {
    unit: 'tonne',
    quantity: 'mass',
    factor: '1000000',
    names: ['吨', '公吨', 't', '吨标准煤', '吨标煤', 'tce'],
  },
  { unit: 'thousand-tonne', quantity: 'mass', factor: '1000000000', names: ['千吨', 'kt'] },
  { unit: 'wan-tonne', quantity: 'mass', factor: '10000000000', names: ['万吨', '万吨标准煤', '万吨标煤'] },
  { unit: 'watt-hour', quantity: 'energy', factor: '1', names: ['瓦时', 'Wh'] },
  {
    unit: 'kilowatt-hour',
    quantity: 'energy',
    factor: '1000',
    names: ['千瓦时', '度', '千瓦·时', '千瓦小时', 'kWh'],
  },
  { unit: 'megawatt-hour', quantity: 'energy', factor: '1000000', names: ['兆瓦时', '千度', 'MWh'] },
  {
    unit: 'wan-kilowatt-hour',
    quantity: 'energy',
    factor: '10000000',
    names: ['万千瓦时', '万度', '万千瓦·时', '万kWh'],
  },
  { unit: 'gigawatt-hour', quantity: 'energy', factor: '1000000000', names: ['吉瓦时', '百万千瓦时', 'GWh'] },
  {
    unit: 'yi-kilowatt-hour',
    quantity: 'energy',
    factor: '100000000000',
    names: ['亿千瓦时', '亿度', '亿kWh'],
  },
  { unit: 'watt', quantity: 'power', factor: '1', names: ['瓦', 'W'] },
  { unit: 'kilowatt', quantity: 'power', factor: '1000', names: ['千瓦', '千伏安', 'kW', 'kVA'] },
  { unit: 'megawatt', quantity: 'power', factor: '1000000', names: ['兆瓦', '兆伏安', 'MW', 'MVA'] },
  { unit: 'wan-kilowatt', quantity: 'power', factor: '10000000', names: ['万千瓦'] },
  { unit: 'gigawatt', quantity: 'power', factor: '1000000000', names: ['吉瓦', '百万千瓦', 'GW'] },
  { unit: 'square-metre', quantity: 'area', factor: '3', names: ['平方米', '平米', '㎡', 'm²', 'm2'] },
  { unit: 'mu', quantity: 'area', factor: '2000', names: ['亩', '市亩'] },
  { unit: 'wan-mu', quantity: 'area', factor: '20000000', names: ['万亩'] },
  {
    unit: 'hectare',
    quantity: 'area',
    factor: '30000',
    names: ['公顷', '万平方米', '万㎡', '万平米', 'hm²', 'ha'],
  },
  {
    unit: 'square-kilometre',
    quantity: 'area',
    factor: '3000000',
    names: ['平方公里', '平方千米', 'km²', 'km2'],
  },
  { unit: 'litre', quantity: 'volume', factor: '1', names: ['升', 'L'] },
  {
    unit: 'cubic-metre',
    quantity: 'volume',
    factor: '1000',
    names: ['立方米', '立方', '方', 'm³', 'm3', '千升'],
  },
  {
    unit: 'wan-cubic-metre',
    quantity: 'volume',
    factor: '10000000',
    names: ['万立方米', '万方', '万m³', '万立方'],
  },
  { unit: 'yi-cubic-metre', quantity: 'volume', factor: '100000000000', names: ['亿立方米', '亿方'] },
  { unit: 'metre', quantity: 'length', factor: '1', names: ['米', 'm'] },
  { unit: 'kilometre', quantity: 'length', factor: '1000', names: ['千米', '公里', 'km'] },
  {
    unit: 'one',
    quantity: 'count',
    factor: '1',
    names: ['个', '人', '名', '户', '家', '台', '套', '件', '辆', '只', '块', '项', '次', '条', '架'],
  },
  {
    unit: 'wan',
    quantity: 'count',
    factor: '10000',
    names: ['万个', '万人', '万户', '万台', '万套', '万件', '万辆', '万只'],
  },
  { unit: 'yi', quantity: 'count', factor: '100000000', names: ['亿个', '亿只', '亿件', '亿块'] },
  { unit: 'permille', quantity: 'ratio', factor: '1', names: ['‰'] },
  { unit: 'percent', quantity: 'ratio', factor: '10', names: ['%', '百分点', '个百分点'] },
];
