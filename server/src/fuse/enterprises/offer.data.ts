import { ENTERPRISE_ATTRIBUTES } from '@ronghe/contracts';
import type { ColumnOffer } from '#platform/datasets/offer.ts';

type Told = Pick<ColumnOffer, 'name' | 'title' | 'type'> & Partial<ColumnOffer>;
const column = (told: Told): ColumnOffer => ({
  ...{ description: told.title, unit: null, grade: 1, level: 'general', personal: false },
  ...told,
});
const { name, code, shortName, formerName, division, park, address, industry } = ENTERPRISE_ATTRIBUTES;
const { legalPerson, phone, established, registeredCapital, employees, revenue, size } =
  ENTERPRISE_ATTRIBUTES;

/** Columns of the shared enterprise database with the grades proposed for them; people may set others. */
export const ENTERPRISE_COLUMNS: readonly ColumnOffer[] = [
  column({ name: 'id', type: 'text', title: { zh: '企业编号', en: 'Id of the enterprise' } }),
  column({
    name: 'number',
    type: 'integer',
    title: { zh: '序号', en: 'Number' },
    description: { zh: '企业入库的先后', en: 'Order in which enterprises came' },
  }),
  column({ name: 'name', type: 'text', title: name }),
  column({ name: 'short_name', type: 'text', title: shortName }),
  column({ name: 'former_name', type: 'text', title: formerName }),
  column({ name: 'code', type: 'text', title: code }),
  column({
    name: 'code_valid',
    type: 'boolean',
    title: { zh: '代码校验通过', en: 'Code passed its check' },
  }),
  column({ name: 'division', type: 'text', title: division, meaning: 'division' }),
  column({ name: 'city', type: 'text', title: { zh: '所在城市', en: 'City' }, meaning: 'division' }),
  column({ name: 'park', type: 'text', title: park }),
  column({ name: 'address', type: 'text', title: address }),
  column({
    name: 'industry',
    type: 'text',
    title: industry,
    description: { zh: '国民经济行业分类 GB/T 4754 代码', en: 'Code of GB/T 4754' },
  }),
  column({ name: 'key_industry', type: 'text', title: { zh: '重点产业', en: 'Key industry' } }),
  column({ name: 'size', type: 'text', title: size }),
  column({ name: 'revenue', type: 'number', title: revenue, unit: '万元' }),
  column({ name: 'employees', type: 'number', title: employees, unit: '人' }),
  column({ name: 'registered_capital', type: 'number', title: registeredCapital, unit: '万元' }),
  column({ name: 'established', type: 'text', title: established }),
  column({ name: 'legal_person', type: 'text', title: legalPerson, personal: true }),
  column({ name: 'phone', type: 'text', title: phone, personal: true }),
  column({
    name: 'organisation',
    type: 'text',
    title: { zh: '责任组织', en: 'Organisation' },
    description: { zh: '这条记录所属的组织路径', en: 'Path of the organisation the record belongs to' },
  }),
  column({
    name: 'state',
    type: 'text',
    title: { zh: '状态', en: 'State' },
    description: { zh: '只共享存续的企业', en: 'Only active enterprises are shared' },
  }),
  column({ name: 'sources', type: 'integer', title: { zh: '来源数', en: 'Sources' } }),
  column({ name: 'findings', type: 'integer', title: { zh: '质量问题数', en: 'Findings' } }),
  column({ name: 'created_at', type: 'time', title: { zh: '入库时间', en: 'Created at' } }),
  column({ name: 'updated_at', type: 'time', title: { zh: '更新时间', en: 'Updated at' } }),
];
