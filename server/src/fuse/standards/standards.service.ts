import type { CodeReading } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import { divisionLabel, readDivision } from './divisions.ts';
import { type CodeFault, codeFault, normaliseCode, partsOfCode } from './uscc.ts';

const REASONS: Readonly<Record<CodeFault, { 'zh-CN': string; en: string }>> = {
  format: {
    'zh-CN': '应为 18 位数字或大写字母，不含 I、O、Z、S、V',
    en: '18 digits or capital letters without I, O, Z, S, V are needed',
  },
  'organisation-check': {
    'zh-CN': '第 17 位（组织机构代码校验位）不符',
    en: 'character 17, the check of the organisation code, does not fit',
  },
  'check-character': { 'zh-CN': '第 18 位校验码不符', en: 'character 18, the check character, does not fit' },
};

/** What a code says. @throws AppError CODE_INVALID with the reason in the caller's language */
export function readCode(scope: Scope, text: string): CodeReading {
  demand(scope, 'fuse:enterprise:read');
  const code = normaliseCode(text);
  const fault = codeFault(code);
  if (fault) throw new AppError('CODE_INVALID', { code, reason: REASONS[fault][scope.locale] });
  const parts = partsOfCode(code);
  return {
    code,
    ...parts,
    divisionName: divisionLabel(readDivision(parts.division)?.code ?? null),
  };
}
