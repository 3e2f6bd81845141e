import type { Bilingual, ColumnKind, ConnectorTemplate, FieldMapping, MappingTest } from '@ronghe/contracts';

export type TemplateColumn = ConnectorTemplate['columns'][number];
type ColumnOptions = Partial<Pick<TemplateColumn, 'required' | 'unit' | 'sensitive'>>;

export const bilingual = (zh: string, en: string): Bilingual => ({ zh, en });

/** A column of a giver's table. The example is invented. */
export const column = (
  name: string,
  [zh, en]: readonly [string, string],
  { kind, example, ...options }: ColumnOptions & { kind: ColumnKind; example: string },
): TemplateColumn => ({
  name,
  meaning: { zh, en },
  kind,
  required: options.required ?? false,
  unit: options.unit ?? null,
  example,
  sensitive: options.sensitive ?? false,
});

export const field = (
  from: string,
  to: string,
  transform = 'text',
  options: Partial<Pick<FieldMapping, 'unit' | 'values'>> = {},
): FieldMapping => ({ from, to, transform, unit: options.unit ?? null, values: options.values ?? {} });

/** A test whose row is the example of each column, changed by `row`. */
export const exampleTest = (
  name: string,
  columns: readonly TemplateColumn[],
  { row = {}, expected }: { row?: Record<string, unknown>; expected: MappingTest['expected'] },
): MappingTest => ({
  name,
  row: { ...Object.fromEntries(columns.map((one) => [one.name, one.example])), ...row },
  expected,
});

/** What every guide ends with, so that the person who asks the giver forgets nothing. */
export const ASK_ZH = `## 需要与提供方确认

- 数据范围：哪些企业、哪些月份，是全量还是增量；
- 更新时间：每月几日、几点前能取到，推迟时由谁通知；
- 单位与口径：金额是元、千元还是万元，是当月还是累计；
- 修订：已报数据更正时是重发全表还是只发变化行；
- 联系人、用途和保存期限，写入数据共享协议。
`;
export const ASK_EN = `## Settle with the giver

- which enterprises and months, and whether each delivery is everything or what changed;
- when it is ready each month, and who tells when it is late;
- units and meaning of amounts: yuan, thousand or 10,000 yuan, of the month or cumulative;
- how corrections come: the whole table again, or the changed rows;
- who is asked, what the data may be used for and how long they are kept: write it into the agreement.
`;

/** Values of size classes as Chinese tables write them. */
export const SIZE_VALUES = {
  大型: 'large',
  中型: 'medium',
  小型: 'small',
  微型: 'micro',
  大: 'large',
  中: 'medium',
  小: 'small',
  微: 'micro',
} as const;
