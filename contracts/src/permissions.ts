import { z } from 'zod';
import type { Bilingual } from './common.ts';

/** Every permission of the house, `word:thing:action`. The tidy test compares this list with the routes that ask for them. */
export const PERMISSIONS = {
  'platform:organisation:read': { zh: '查看组织', en: 'See organisations' },
  'platform:organisation:write': { zh: '管理组织', en: 'Manage organisations' },
  'platform:user:read': { zh: '查看用户', en: 'See users' },
  'platform:user:write': { zh: '管理用户', en: 'Manage users' },
  'platform:key:read': { zh: '查看接口密钥', en: 'See API keys' },
  'platform:key:write': { zh: '签发和吊销接口密钥', en: 'Issue and revoke API keys' },
  'platform:audit:read': { zh: '查看审计日志', en: 'Read the audit log' },
  'platform:job:read': { zh: '查看任务', en: 'See jobs' },
  'platform:job:write': { zh: '执行、取消和重试任务', en: 'Run, cancel and retry jobs' },
  'platform:status:read': { zh: '查看运行状态', en: 'See the state of the platform' },
  'platform:backup:write': { zh: '创建备份', en: 'Make backups' },
  'collect:collector:read': { zh: '查看采集器', en: 'See collectors' },
  'collect:collector:write': { zh: '管理采集器', en: 'Manage collectors' },
  'collect:point:read': { zh: '查看点位', en: 'See points' },
  'collect:point:write': { zh: '管理点位', en: 'Manage points' },
  'ingest:observation:read': { zh: '读取观测值', en: 'Read observations' },
  'ingest:observation:write': { zh: '写入观测值', en: 'Write observations' },
  'ingest:reject:read': { zh: '查看拒收数据', en: 'See rejected data' },
  'fuse:source:read': { zh: '查看数据源', en: 'See sources' },
  'fuse:source:write': { zh: '管理数据源', en: 'Manage sources' },
  'fuse:run:read': { zh: '查看融合运行', en: 'See runs' },
  'fuse:run:write': { zh: '启动融合运行', en: 'Start runs' },
  'fuse:run:decide': { zh: '决定被拦截的运行', en: 'Decide about held runs' },
  'fuse:row:write': { zh: '推送数据行', en: 'Push rows into a source' },
  'fuse:quality:read': { zh: '查看数据质量', en: 'See data quality' },
  'fuse:quality:write': { zh: '管理质量规则与问题', en: 'Manage quality rules and issues' },
  'fuse:enterprise:read': { zh: '查看企业库', en: 'Read the enterprise database' },
  'fuse:enterprise:export': { zh: '导出企业库', en: 'Export the enterprise database' },
  'fuse:indicator:read': { zh: '查看指标汇总', en: 'Read sums of indicators' },
  'fuse:decision:write': {
    zh: '合并、拆分企业，撤销决定',
    en: 'Merge and split enterprises, undo decisions',
  },
  'fuse:decision:confirm': { zh: '复核他人的决定', en: 'Confirm decisions of others' },
  'fuse:relation:write': { zh: '添加、否定企业关系', en: 'Add and reject relations of enterprises' },
  'fuse:person:read': { zh: '查看负责人明文', en: 'See people in charge unmasked' },
  'fuse:model:write': { zh: '训练和启用匹配模型', en: 'Train and use matching models' },
  'fuse:pin:write': { zh: '固定企业的值', en: 'Pin values of enterprises' },
  'fuse:survivorship:write': { zh: '维护取值规则', en: 'Maintain how values are chosen' },
  'fuse:reference:read': { zh: '查看基准数据', en: 'See reference data' },
  'fuse:reference:write': { zh: '维护基准数据', en: 'Maintain reference data' },
} as const satisfies Record<string, Bilingual>;

export type Permission = keyof typeof PERMISSIONS;
export const PERMISSION_NAMES = Object.keys(PERMISSIONS) as [Permission, ...Permission[]];
export const Permission = z.enum(PERMISSION_NAMES);

type BuiltInRole = { name: Bilingual; permissions: readonly Permission[] };

/** Roles every installation starts with. They cannot be changed; a role of one's own can be added beside them. */
export const BUILT_IN_ROLES = {
  administrator: { name: { zh: '系统管理员', en: 'Administrator' }, permissions: PERMISSION_NAMES },
  officer: {
    name: { zh: '主管部门人员', en: 'Officer' },
    permissions: [
      'platform:organisation:read',
      'collect:collector:read',
      'collect:point:read',
      'ingest:observation:read',
      'fuse:source:read',
      'fuse:run:read',
      'fuse:quality:read',
      'fuse:enterprise:read',
      'fuse:enterprise:export',
      'fuse:indicator:read',
      'fuse:reference:read',
    ],
  },
  'data-engineer': {
    name: { zh: '数据工程师', en: 'Data engineer' },
    permissions: [
      'platform:organisation:read',
      'platform:job:read',
      'platform:job:write',
      'platform:status:read',
      'collect:collector:read',
      'collect:point:read',
      'ingest:observation:read',
      'ingest:reject:read',
      'fuse:source:read',
      'fuse:source:write',
      'fuse:run:read',
      'fuse:run:write',
      'fuse:run:decide',
      'fuse:row:write',
      'fuse:quality:read',
      'fuse:quality:write',
      'fuse:enterprise:read',
      'fuse:enterprise:export',
      'fuse:indicator:read',
      'fuse:decision:write',
      'fuse:decision:confirm',
      'fuse:relation:write',
      'fuse:person:read',
      'fuse:model:write',
      'fuse:pin:write',
      'fuse:survivorship:write',
      'fuse:reference:read',
      'fuse:reference:write',
    ],
  },
  'plant-engineer': {
    name: { zh: '工厂工程师', en: 'Plant engineer' },
    permissions: [
      'platform:organisation:read',
      'collect:collector:read',
      'collect:collector:write',
      'collect:point:read',
      'collect:point:write',
      'ingest:observation:read',
      'ingest:observation:write',
      'ingest:reject:read',
      'fuse:enterprise:read',
      'fuse:indicator:read',
    ],
  },
  auditor: {
    name: { zh: '审计员', en: 'Auditor' },
    permissions: [
      'platform:organisation:read',
      'platform:user:read',
      'platform:key:read',
      'platform:audit:read',
      'platform:job:read',
      'platform:status:read',
    ],
  },
  collector: {
    name: { zh: '采集器', en: 'Collector' },
    permissions: ['ingest:observation:write', 'collect:point:write'],
  },
} as const satisfies Record<string, BuiltInRole>;
export type BuiltInRoleName = keyof typeof BUILT_IN_ROLES;
