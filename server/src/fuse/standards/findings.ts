import type { Bilingual, RowFinding } from '@ronghe/contracts';

type Rule = {
  severity: RowFinding['severity'];
  dimension: RowFinding['dimension'];
  name: Bilingual;
  /** what it means and what to do, for the owner of the data */
  message: Bilingual;
};
const rule = (
  severity: Rule['severity'],
  dimension: Rule['dimension'],
  name: [string, string],
  message: [string, string],
): Rule => ({
  severity,
  dimension,
  name: { zh: name[0], en: name[1] },
  message: { zh: message[0], en: message[1] },
});

/**
 * Every quality rule a source row is held against. `block` keeps the row out, `warn` lets it in and tells.
 * The dimension is one of the six of GB/T 36344-2018.
 */
export const FINDING_RULES = {
  'row-not-object': rule(
    'block',
    'normativity',
    ['不是一行数据', 'Not a row'],
    ['这一项不是字段与值的集合', 'This item is not a set of fields with values'],
  ),
  'row-too-large': rule(
    'block',
    'normativity',
    ['数据行过大', 'Row too large'],
    ['一行超过 64 KB，请拆分或去掉附件内容', 'A row is over 64 KB: split it or leave attachments out'],
  ),
  'row-key-missing': rule(
    'block',
    'completeness',
    ['缺少行键', 'Row key missing'],
    ['用来识别一行的字段为空', 'A field that names the row is empty'],
  ),
  'row-key-duplicate': rule(
    'block',
    'accuracy',
    ['行键重复', 'Row key repeated'],
    ['同一次运行中行键重复，只采用第一行', 'The key came twice in one run; only the first row is taken'],
  ),
  'period-invalid': rule(
    'block',
    'normativity',
    ['报告期有误', 'Period wrong'],
    ['报告期应为年月，如 2026-02', 'The period must be a year and month such as 2026-02'],
  ),
  'identity-missing': rule(
    'block',
    'completeness',
    ['无法识别企业', 'Enterprise not named'],
    ['企业名称与代码均为空', 'Name and code are both empty'],
  ),
  'name-missing': rule(
    'warn',
    'completeness',
    ['缺少企业名称', 'Name missing'],
    ['只有代码，没有企业名称', 'There is a code but no name'],
  ),
  'code-missing': rule(
    'warn',
    'completeness',
    ['缺少统一社会信用代码', 'Code missing'],
    ['没有代码，只能按名称与所在市匹配', 'Without a code only name and city can match'],
  ),
  'code-format': rule(
    'warn',
    'normativity',
    ['代码格式有误', 'Code malformed'],
    [
      '应为 18 位，不含 I、O、Z、S、V（GB 32100）',
      'It must have 18 characters without I, O, Z, S, V (GB 32100)',
    ],
  ),
  'code-check-digit': rule(
    'warn',
    'accuracy',
    ['代码校验位不符', 'Check character wrong'],
    [
      '校验位与代码内容不符，不用于匹配；平台不猜测正确代码',
      'The check character does not fit; the code is not used for matching and is never guessed',
    ],
  ),
  'code-outdated': rule(
    'warn',
    'timeliness',
    ['使用旧代码', 'Old kind of number'],
    [
      '是 2015 年以前的注册号、纳税人识别号或组织机构代码',
      'This is a registration, taxpayer or organisation number from before 2015',
    ],
  ),
  'division-unknown': rule(
    'warn',
    'accuracy',
    ['区划代码不存在', 'Division unknown'],
    ['江西省现行与历史区划中都没有它', 'It is neither a present nor a past division of Jiangxi'],
  ),
  'division-outdated': rule(
    'warn',
    'timeliness',
    ['使用旧区划代码', 'Old division code'],
    ['区划已调整，已换为现行代码', 'The division changed; its successor is used'],
  ),
  'industry-unknown': rule(
    'warn',
    'accuracy',
    ['行业代码不存在', 'Industry unknown'],
    ['不是 GB/T 4754-2017 中 B、C、D 门类的代码', 'Not a code of sections B, C or D of GB/T 4754-2017'],
  ),
  'date-invalid': rule(
    'warn',
    'normativity',
    ['日期有误', 'Date wrong'],
    ['应为年月日，如 2010-03-05', 'It must be a day such as 2010-03-05'],
  ),
  'phone-invalid': rule(
    'warn',
    'normativity',
    ['电话有误', 'Phone wrong'],
    ['不是手机号、带区号的固话或 400 号码', 'Neither a mobile, a land line with area code nor a 400 number'],
  ),
  'number-invalid': rule(
    'warn',
    'normativity',
    ['不是数值', 'Not a number'],
    ['数值列中含有文字，该值未采用', 'There is text in a number; the value is not used'],
  ),
  'number-negative': rule(
    'warn',
    'accuracy',
    ['数值不应为负', 'Negative number'],
    ['该项不可能为负，该值未采用', 'This cannot be negative; the value is not used'],
  ),
  'text-too-long': rule(
    'warn',
    'normativity',
    ['文本过长', 'Text too long'],
    ['超过 500 个字符，该值未采用', 'Over 500 characters; the value is not used'],
  ),
  'name-ambiguous': rule(
    'warn',
    'consistency',
    ['名称对应多家企业', 'Name fits several enterprises'],
    [
      '同市有多家同名企业，未自动合并，请补充代码',
      'Several enterprises of the city have this name; nothing was merged, please add the code',
    ],
  ),
  'unit-jump': rule(
    'warn',
    'consistency',
    ['疑似单位错误', 'Unit looks wrong'],
    [
      '与其他报告期相差约千倍或万倍，请核对单位',
      'About a thousand or ten thousand times the other periods: check the unit',
    ],
  ),
} as const satisfies Record<string, Rule>;

export type FindingRule = keyof typeof FINDING_RULES;

/** A rule that did not hold for one value; `field` is the source's name of it, null for the whole row. */
export type Finding = { rule: FindingRule; field: string | null; value: string | null };

/** Findings of refused rows that have no name of their own, or are not here whole: no mapping makes them good. */
export const NEVER_GOOD = [
  'row-key-missing',
  'row-key-duplicate',
  'row-too-large',
  'row-not-object',
] as const satisfies readonly FindingRule[];

/** True when one of the findings keeps the row out. */
export const blocks = (findings: readonly Finding[]): boolean =>
  findings.some((finding) => FINDING_RULES[finding.rule].severity === 'block');
