import { COLUMN_KINDS, type ConnectorTemplate } from '@ronghe/contracts';
import { TEMPLATES } from '../../../server/src/fuse/templates/templates.ts';
import { code, type Page, page, table } from '../markdown.ts';

/** The guide below the heading of its template. */
const deeper = (markdown: string): string => markdown.trim().replaceAll(/^#/gm, '###');

const columnsOf = ({ columns }: ConnectorTemplate): string =>
  table(
    ['列 Column', '含义', 'Meaning', '类型 Kind', '必填 Required', '单位 Unit', '示例 Example'],
    columns.map(({ name, meaning, kind, required, unit, example, sensitive }) => [
      code(name),
      meaning.zh,
      meaning.en,
      `${COLUMN_KINDS[kind].zh} ${COLUMN_KINDS[kind].en}${sensitive ? '（个人信息 personal）' : ''}`,
      required ? '✓' : '',
      unit ?? '',
      example,
    ]),
  );

/** Each connector template with what to ask who gives the data for: steps, what to settle, columns. */
export const templatesPage: Page = {
  path: 'docs/reference/templates.md',
  render: () =>
    page(
      'Connector templates 接入模板',
      'Sources as they have been connected before. In the portal: 数据源 → 接入数据 → 从模板开始. Each hands out a workbook to be filled in. Below: how to connect each, what to settle with who gives the data, and the columns to ask for. 每个模板怎么接、向提供方要什么。',
      ...TEMPLATES.flatMap((template) => [
        `## ${template.name.zh} ${template.name.en} (${code(template.key)})`,
        `提供方 Given by: ${template.giver.zh} / ${template.giver.en}。${template.summary.zh}。${template.summary.en}.`,
        deeper(template.guide.zh),
        deeper(template.guide.en),
        columnsOf(template),
      ]),
    ),
};
