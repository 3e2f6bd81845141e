import type { Dataset, DatasetAnswer, DatasetColumn } from '@ronghe/contracts';

/** What the platform would answer about one small dataset. */
export const datasetColumn = (name: string, more: Partial<DatasetColumn> = {}): DatasetColumn => ({
  ...{
    name,
    type: 'text',
    unit: null,
    grade: 1,
    level: 'general',
    personal: false,
    masks: [],
    partly: false,
  },
  title: { zh: name, en: name },
  description: { zh: `${name}的含义`, en: `meaning of ${name}` },
  ...more,
});
export const DATASET: Dataset = {
  ...{
    id: 'enterprises',
    table: 'share.enterprises',
    owner: 'jx',
    ownerName: '江西省',
    grade: 2,
    level: 'general',
  },
  title: { zh: '企业库', en: 'Enterprises' },
  description: { zh: '每家企业一行', en: 'One row an enterprise' },
  columns: [
    datasetColumn('name', { title: { zh: '企业名称', en: 'Name' } }),
    datasetColumn('phone', {
      ...{ title: { zh: '联系电话', en: 'Phone' }, personal: true, partly: true },
      masks: [{ kind: 'partial', first: 3, last: 2 }],
    }),
    datasetColumn('revenue', {
      ...{ title: { zh: '营业收入', en: 'Revenue' }, type: 'number', unit: '万元', grade: 2 },
    }),
  ],
  ...{ columnsTotal: 5, key: ['name'], rowsOf: ['jx.nanchang'] },
  why: [{ zh: '5 列中可见 3 列，因为 2 列未授权', en: '3 of 5 columns are visible' }],
  contract: '/api/share/datasets/enterprises/contract',
};
export const ANSWER: DatasetAnswer = {
  columns: DATASET.columns.map(({ name, type, unit, title, grade, level, personal, masks }) => ({
    ...{ name, type, unit, title, grade, level, personal, masks },
  })),
  rows: [
    { name: '豫章铜业', phone: '138******21', revenue: 12_345.5 },
    { name: '赣江电子', phone: null, revenue: null },
  ],
  ...{ next: 'c2', grade: 2, level: 'general', rowsRead: 95, elapsedMs: 12 },
};
