import { AppError } from '#platform/errors/errors.ts';

type Entry = { zh: string; en: string; clickhouse: readonly [code: number, name: string] };
const SYNTAX = [62, 'SYNTAX_ERROR'] as const;
const NOT_ALLOWED = [392, 'QUERY_IS_PROHIBITED'] as const;
const entry = (zh: string, en: string, clickhouse: Entry['clickhouse'] = NOT_ALLOWED): Entry => ({
  zh,
  en,
  clickhouse,
});

/** Why a statement is refused: the word, its text, and what ClickHouse calls it, for clients that look at its codes. */
export const REASONS = {
  syntax: entry('语法不正确', 'the syntax is wrong', SYNTAX),
  character: entry('含有不允许的字符', 'it has a character that is not allowed', SYNTAX),
  unterminated: entry('引号或注释没有结束', 'a quote or comment does not end', SYNTAX),
  escape: entry('转义序列不被支持', 'an escape sequence is not supported', SYNTAX),
  number: entry('数字写法不正确', 'a number is not written rightly', SYNTAX),
  name: entry(
    '名称为空、过长或含有不允许的字符',
    'a name is empty, too long or has a character that is not allowed',
    SYNTAX,
  ),
  'reserved-name': entry('以 rh__ 开头的名称由平台保留', 'names that begin with rh__ are reserved'),
  'reserved-word': entry(
    '保留字作名称时须加反引号',
    'a reserved word used as a name needs backticks',
    SYNTAX,
  ),
  'too-long': entry('语句过长', 'the statement is too long', [62, 'SYNTAX_ERROR']),
  'too-deep': entry('嵌套过深', 'it is nested too deeply', [306, 'TOO_DEEP_RECURSION']),
  'too-many': entry('表、子查询或列表元素过多', 'it has too many tables, subqueries or items', [
    168,
    'TOO_BIG_AST',
  ]),
  'several-statements': entry('一次只能执行一条语句', 'only one statement at a time', SYNTAX),
  statement: entry('这里只能查询', 'only questions are answered here'),
  clause: entry('不支持这个子句', 'this clause is not supported'),
  recursive: entry(
    'WITH 或保存的查询不能引用自己',
    'a WITH or a saved query that needs itself is not supported',
    [48, 'NOT_IMPLEMENTED'],
  ),
  function: entry('没有这个函数，或不允许使用', 'there is no such function, or it may not be used', [
    46,
    'UNKNOWN_FUNCTION',
  ]),
  'table-function': entry('不允许使用这个表函数', 'this table function may not be used', [
    46,
    'UNKNOWN_FUNCTION',
  ]),
  argument: entry('函数参数须为允许的常量', 'an argument must be a constant that is allowed', [
    36,
    'BAD_ARGUMENTS',
  ]),
  lambda: entry(
    'lambda 只能直接作函数参数，且不含子查询',
    'a lambda may only be an argument of a function and has no subquery',
  ),
  type: entry('没有这个类型，或不允许使用', 'there is no such type, or it may not be used', [
    50,
    'UNKNOWN_TYPE',
  ]),
  setting: entry('不允许更改这个设置', 'this setting may not be changed', [
    452,
    'SETTING_CONSTRAINT_VIOLATION',
  ]),
  format: entry('格式名称不正确', 'the name of the format is wrong', [73, 'UNKNOWN_FORMAT']),
  alias: entry('别名重复或不允许', 'an alias is there twice or not allowed', [
    179,
    'MULTIPLE_EXPRESSIONS_FOR_ALIAS',
  ]),
  parameter: entry(
    '参数没有值，或值与类型不符',
    'a parameter has no value, or one that does not fit its type',
    [456, 'UNKNOWN_QUERY_PARAMETER'],
  ),
  fact: entry('平台不提供这项服务器信息', 'this fact about the server is not told', [46, 'UNKNOWN_FUNCTION']),
  'unknown-table': entry('没有这个表', 'there is no such table', [60, 'UNKNOWN_TABLE']),
} as const satisfies Record<string, Entry>;
export type Reason = keyof typeof REASONS;

/** Characters of the text that an error repeats. */
const NEAR_CHARACTERS_MAX = 60;

/**
 * The one error of the language. `position` counts UTF-16 units from 0; -1 where no text is to blame. `near` is a piece of the
 * caller's own text. `clickhouseCode` and `clickhouseName` are what ClickHouse would say.
 */
export function refused(reason: Reason, position: number, near: string): AppError {
  const { zh, en, clickhouse } = REASONS[reason];
  return new AppError('SQL_REFUSED', {
    reason,
    'reason.zh': zh,
    'reason.en': en,
    position,
    near: near.slice(0, NEAR_CHARACTERS_MAX).replace(/\p{C}/gu, ' '),
    clickhouseCode: clickhouse[0],
    clickhouseName: clickhouse[1],
  });
}
