import { ENTERPRISE_ATTRIBUTES, MATCH_ATTRIBUTES, type MatchAttribute } from '@ronghe/contracts';

export type RecordFields = Partial<Record<MatchAttribute, string>>;

/** Headings by which a column is known beside the names of the attributes. */
const HEADINGS: Readonly<Record<MatchAttribute, RegExp>> = {
  name: /^(?:企业|公司|单位|用户|纳税人|机构|名称)?名称|^name$|company|enterprise/i,
  formerName: /曾用名|原名|former/i,
  shortName: /简称|short/i,
  code: /信用代码|税号|识别号|^code$|credit|tax/i,
  legalPerson: /法定?代表人|法人|负责人|联系人|legal|person/i,
  phone: /电话|手机|联系方式|phone|mobile|tel/i,
  address: /地址|住所|address/i,
  division: /区划|区县|所属[市区县]|所在[市区县]|division|region|county|city/i,
};
/** What a cell is by its look, asked in this order; each attribute is given once. */
const LOOKS: readonly [MatchAttribute, RegExp][] = [
  ['code', /^(?=.*\d)[0-9A-Z]{15}(?:[0-9A-Z]{3})?$/i],
  ['phone', /^(?:\+?86[- ]?)?(?:1\d{10}|0\d{2,3}[- ]?\d{7,8}(?:[- ]\d{1,5})?)$/],
  ['division', /^\d{6}$|^\p{Script=Han}{2,12}(?:省|市|区|县|旗)$/u],
  [
    'name',
    /(?:公司|厂|集团|合作社|中心|研究院|研究所|商行|经营部|分店|工作室|[Ll]td\.?|[Ii]nc\.?)(?:[（(].*[）)])?$/,
  ],
  ['address', /(?:路|街|道|巷|号|村|镇|乡|园区|开发区|大厦|栋|幢|室)/],
  ['legalPerson', /^\p{Script=Han}{2,4}(?:·\p{Script=Han}{1,8})?$/u],
];

/**
 * Splits what was copied from a table into the fields of a record: by its header when there is one, else by what cells
 * look like. Cells are separated by tabs, or by commas where there is no tab; of several rows the first is taken.
 */
export function splitRow(text: string): RecordFields {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const separator = text.includes('\t') ? /\t/ : /[,，;；]/;
  const rows = lines.map((line) => line.split(separator).map(clean));
  const [first = [], second] = rows;
  const headings = first.map(headingOf);
  const known = headings.filter((heading) => heading !== null).length;
  if (second !== undefined && known >= Math.max(1, first.length / 3)) return byHeadings(headings, second);
  // A column copied downwards is a record as well, one cell a line.
  return byLooks(first.length === 1 && rows.length > 1 ? rows.map(([cell = '']) => cell) : first);
}

const clean = (cell: string): string =>
  cell
    .trim()
    .replace(/^"(.*)"$/s, '$1')
    .trim();

function headingOf(cell: string): MatchAttribute | null {
  const exact = MATCH_ATTRIBUTES.find((name) => {
    const { zh, en } = ENTERPRISE_ATTRIBUTES[name];
    return cell === zh || cell.toLowerCase() === en.toLowerCase();
  });
  return (
    exact ??
    MATCH_ATTRIBUTES.find((name) => name !== 'name' && HEADINGS[name].test(cell)) ??
    (HEADINGS.name.test(cell) ? 'name' : null)
  );
}

function byHeadings(headings: readonly (MatchAttribute | null)[], cells: readonly string[]): RecordFields {
  const fields: RecordFields = {};
  headings.forEach((heading, at) => {
    const cell = cells[at] ?? '';
    if (heading !== null && cell !== '' && fields[heading] === undefined) fields[heading] = cell;
  });
  return fields;
}

function byLooks(cells: readonly string[]): RecordFields {
  const fields: RecordFields = {};
  const left = cells.filter((cell) => cell !== '');
  for (const [attribute, look] of LOOKS) {
    const at = left.findIndex((cell) => look.test(cell));
    if (at >= 0) fields[attribute] = left.splice(at, 1)[0] ?? '';
  }
  // A second name is most often the one it had before.
  const another = left.find((cell) =>
    LOOKS.some(([attribute, look]) => attribute === 'name' && look.test(cell)),
  );
  if (another !== undefined) fields.formerName = another;
  return fields;
}
