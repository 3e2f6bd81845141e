import type { NewSource } from '@ronghe/contracts';
import { ROOT_ORGANISATION } from '../province/province.ts';
import { OPERATION_MONITOR_NAME, PARK_CLOUD_NAME, PARK_CLOUD_USER } from '../systems/system-names.ts';

/** Folder below the platform's inbox where the monthly files arrive. */
export const OPERATION_FOLDER = 'operation-monitor';

/** Rows a page, small enough that the list of the park cloud has several pages. */
const PAGE_ROWS = 25;

const map = (
  from: string,
  to: string,
  transform: string,
  unit: string | null = null,
): NewSource['mappings'][number] => ({ from, to, transform, unit, values: {} });

/** The two simulated provincial systems as sources of the platform. */
export function demoSources(parkCloud: { url: string; password: string }): readonly NewSource[] {
  return [parkCloudSource(parkCloud), operationMonitorSource()];
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
