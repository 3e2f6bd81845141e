import type { Bilingual } from '@ronghe/contracts';

/** Why a file is no table, what it is instead and what to do about it; `{name}` is filled with what was found. */
export const REASONS = {
  empty: { zh: '文件是空的；请重新导出', en: 'it is empty; export it anew' },
  'no-table': {
    zh: '文件中没有表格；请确认选择了正确的文件',
    en: 'there is no table in it; check that it is the right file',
  },
  xls: {
    zh: '这是旧版 Excel（.xls）文件；请在 Excel 或 WPS 中另存为 .xlsx',
    en: 'it is an old Excel file (.xls); save it as .xlsx in Excel or WPS',
  },
  xlsb: {
    zh: '这是二进制 Excel（.xlsb）文件；请另存为 .xlsx',
    en: 'it is a binary Excel file (.xlsb); save it as .xlsx',
  },
  protected: {
    zh: '文件有打开密码；请取消密码后另存为 .xlsx',
    en: 'it is protected by a password; take the password off and save it as .xlsx',
  },
  html: {
    zh: '内容是网页（HTML），只是扩展名像 Excel；请用 Excel 打开后另存为 .xlsx',
    en: 'it is a web page (HTML) that is only named like a table; open it in Excel and save it as .xlsx',
  },
  'xml-table': {
    zh: '这是 XML 文件（如 XML 电子表格 2003）；请用 Excel 打开后另存为 .xlsx',
    en: 'it is XML (as XML Spreadsheet 2003); open it in Excel and save it as .xlsx',
  },
  pdf: {
    zh: '这是 PDF；请向提供方索取 .xlsx 或 .csv 原表',
    en: 'it is a PDF; ask its owner for the table as .xlsx or .csv',
  },
  image: {
    zh: '这是图片（{kind}）；请向提供方索取 .xlsx 或 .csv 原表',
    en: 'it is a picture ({kind}); ask its owner for the table as .xlsx or .csv',
  },
  packed: {
    zh: '这是压缩包（{kind}）；请解压后逐个上传其中的表格',
    en: 'it is an archive ({kind}); unpack it and hand over the tables in it one by one',
  },
  document: {
    zh: '这是{kind}文件；请把表格另存为 .xlsx 或 .csv',
    en: 'it is a file of {kind}; save the table as .xlsx or .csv',
  },
  binary: {
    zh: '内容不是文本，也不是可识别的表格格式；支持 .xlsx、.csv、.json、.jsonl 和 .parquet',
    en: 'it is neither text nor a known table; .xlsx, .csv, .json, .jsonl and .parquet are read',
  },
  'format-other': {
    zh: '不是 {format} 文件；请改正 format，或重新导出',
    en: 'it is no {format} file; correct `format` or export it anew',
  },
  'zip-damaged': {
    zh: '压缩结构已损坏（{part}）；请在 Excel 中打开并另存为 .xlsx',
    en: 'its ZIP structure is damaged ({part}); open it in Excel and save it as .xlsx',
  },
  'xml-damaged': {
    zh: '工作簿内容已损坏（{part}，第 {place} 行附近）；请在 Excel 中打开并另存为 .xlsx',
    en: 'the workbook is damaged ({part}, near row {place}); open it in Excel and save it as .xlsx',
  },
  'sheet-unknown': {
    zh: '没有工作表“{sheet}”；可用的有：{sheets}',
    en: 'there is no sheet “{sheet}”; there are: {sheets}',
  },
  'header-row-missing': {
    zh: '第 {place} 行没有表头；请改正 headerRow',
    en: 'there is no header in row {place}; correct `headerRow`',
  },
  'list-missing': {
    zh: 'JSON 中没有列表 {field}；请用 itemsField 指明数据行所在的字段',
    en: 'there is no list {field} in the JSON; name the field that holds the rows in `itemsField`',
  },
  'json-broken': {
    zh: '第 {place} 条记录附近的 JSON 结构损坏；请重新导出',
    en: 'the structure of the JSON is broken near record {place}; export it anew',
  },
  'json-ends': {
    zh: 'JSON 在第 {place} 条记录之后中断，文件不完整；请重新传送',
    en: 'the JSON ends after record {place}, before its list does; send it again',
  },
  'spool-damaged': {
    zh: '暂存文件第 {place} 行损坏；请重新运行数据源',
    en: 'line {place} of the spooled delivery is damaged; run the source again',
  },
  'parquet-damaged': {
    zh: 'Parquet 文件已损坏（{detail}）；请重新导出',
    en: 'the Parquet file is damaged ({detail}); export it anew',
  },
  'file-changed': {
    zh: '读取期间文件被改动；请等写入完成后重试',
    en: 'it changed while it was read; try again when it is written completely',
  },
  'too-many-columns': {
    zh: '有 {count} 列，最多 {max} 列；请拆分表格',
    en: 'it has {count} columns, {max} are allowed; split the table',
  },
  'unpacked-too-large': {
    zh: '解压后超过 {max} 字节；请拆分后另存为 .csv',
    en: 'it unpacks to more than {max} bytes; split it or save it as .csv',
  },
  'too-many-parts': {
    zh: '{what} 过多，最多 {max}；请拆分文件',
    en: 'it has too many {what}, {max} are allowed; split the file',
  },
  'parquet-too-large': {
    zh: '行组或数据页过大，超过内存上限；请用较小的行组重新导出',
    en: 'a row group or page is larger than fits in memory; export it with smaller row groups',
  },
  'too-slow': {
    zh: '读取超过 {seconds} 秒仍未结束，已停止；文件可能已损坏，请重新导出，或提高 fuseFileSecondsMax',
    en: 'reading it did not end within {seconds} seconds and was stopped; it may be damaged: export it anew, or raise fuseFileSecondsMax',
  },
  'too-much-memory': {
    zh: '读取所需内存超过上限，已停止；请拆分文件或另存为 .csv',
    en: 'reading it takes more memory than is allowed and was stopped; split it or save it as .csv',
  },
} as const satisfies Record<string, Bilingual>;
export type Reason = keyof typeof REASONS;
