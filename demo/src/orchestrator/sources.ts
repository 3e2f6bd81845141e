import type { NewSource } from '@ronghe/contracts';
import { ROOT_ORGANISATION } from '../province/province.ts';
import {
  OPERATION_MONITOR_NAME,
  PARK_CLOUD_NAME,
  PARK_CLOUD_USER,
  REGISTER_NAME,
} from '../systems/system-names.ts';

/** Folder below the platform's inbox where the monthly files arrive. */
export const OPERATION_FOLDER = 'operation-monitor';
/** Folder below the inbox where the register of relations, equipment, products and people lies. */
export const REGISTER_FOLDER = 'enterprise-register';

/** Rows a page, small enough that the list of the park cloud has several pages. */
const PAGE_ROWS = 25;

const map = (
  from: string,
  to: string,
  transform: string,
  unit: string | null = null,
): NewSource['mappings'][number] => ({ from, to, transform, unit, values: {} });

/** The three simulated provincial systems as sources of the platform. */
export function demoSources(parkCloud: { url: string; password: string }): readonly NewSource[] {
  return [parkCloudSource(parkCloud), operationMonitorSource(), registerSource()];
}

const parkCloudSource = ({ url, password }: { url: string; password: string }): NewSource => ({
  key: 'park-cloud',
  name: PARK_CLOUD_NAME,
  owner: '省工业园区主管处室（模拟）',
  organisation: ROOT_ORGANISATION,
  connection: {
    kind: 'http-json',
    url,
    tokenPath: '/api/token',
    listPath: '/api/v1/enterprises',
    username: PARK_CLOUD_USER,
    password,
    reading: { pageSize: PAGE_ROWS },
  },
  rowKey: ['id'],
  periodField: null,
  tests: [],
  target: 'enterprise',
  mode: 'full',
  watermarkField: null,
  priority: 60,
  schedule: null,
  mappings: [
    map('qymc', 'name', 'name'),
    map('qyjc', 'shortName', 'text'),
    map('cym', 'formerName', 'name'),
    map('tyshxydm', 'code', 'code'),
    map('szyq', 'park', 'text'),
    map('xzqhdm', 'division', 'division'),
    map('dz', 'address', 'text'),
    map('hydm', 'industry', 'industry'),
    map('fddbr', 'legalPerson', 'text'),
    map('lxdh', 'phone', 'phone'),
    map('zcrq', 'established', 'date'),
    map('zczb_wan', 'registeredCapital', 'number'),
    map('cyrs', 'employees', 'number'),
    map('nyysr_wan', 'revenue', 'number'),
  ],
});

const operationMonitorSource = (): NewSource => ({
  key: 'operation-monitor',
  name: OPERATION_MONITOR_NAME,
  owner: '省工业运行主管处室（模拟）',
  organisation: ROOT_ORGANISATION,
  connection: { kind: 'folder', folder: OPERATION_FOLDER, options: {} },
  rowKey: ['填报编号', '报告期'],
  periodField: '报告期',
  tests: [],
  target: 'enterprise',
  mode: 'full',
  watermarkField: null,
  priority: 40,
  schedule: null,
  mappings: [
    map('单位名称', 'name', 'name'),
    map('信用代码', 'code', 'code'),
    map('行政区划代码', 'division', 'division'),
    map('行业代码', 'industry', 'industry'),
    map('平均用工人数', 'employees', 'number'),
    map('工业总产值(千元)', 'indicator:GROSS_OUTPUT', 'number', 'thousand-yuan'),
    map('营业收入(千元)', 'indicator:REVENUE', 'number', 'thousand-yuan'),
    map('利润总额(千元)', 'indicator:PROFIT', 'number', 'thousand-yuan'),
    map('用电量(万千瓦时)', 'indicator:ELECTRICITY', 'number'),
    map('平均用工人数', 'indicator:EMPLOYEES_AVG', 'number'),
  ],
});

const registerSource = (): NewSource => ({
  key: REGISTER_FOLDER,
  name: REGISTER_NAME,
  owner: '省企业登记主管处室（模拟）',
  organisation: ROOT_ORGANISATION,
  connection: { kind: 'folder', folder: REGISTER_FOLDER, options: {} },
  rowKey: ['登记编号'],
  periodField: null,
  tests: [],
  target: 'enterprise',
  mode: 'full',
  watermarkField: null,
  priority: 30,
  schedule: null,
  mappings: [
    map('企业名称', 'name', 'name'),
    map('统一社会信用代码', 'code', 'code'),
    map('行政区划代码', 'division', 'division'),
    map('行业代码', 'industry', 'industry'),
    map('曾用名', 'formerName', 'name'),
    map('上级单位', 'relation:parent', 'name'),
    map('股东', 'relation:shareholder', 'name'),
    map('股东信用代码', 'relation:shareholderCode', 'code'),
    map('出资比例(%)', 'relation:share', 'number'),
    map('厂区名称', 'plant:name', 'text'),
    map('厂区地址', 'plant:address', 'text'),
    map('厂区占地面积(平方米)', 'plant:area', 'number'),
    map('设备名称', 'equipment:name', 'text'),
    map('设备编号', 'equipment:code', 'text'),
    map('设备类别', 'equipment:category', 'text'),
    map('规格型号', 'equipment:model', 'text'),
    map('设备制造商', 'equipment:maker', 'text'),
    map('投用日期', 'equipment:installed', 'date'),
    map('产品名称', 'product:name', 'text'),
    map('产品计量单位', 'product:unit', 'text'),
    map('年生产能力', 'product:capacity', 'number'),
    map('负责人姓名', 'person:name', 'text'),
    map('负责人职务', 'person:post', 'text'),
    map('负责人联系电话', 'person:phone', 'text'),
  ],
});
