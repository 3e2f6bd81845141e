import { explainCode } from '../standards/codes.ts';
import { isYearLast, readDate, readPeriod } from '../standards/dates.ts';
import { presentDivisions, readDivision } from '../standards/divisions.ts';
import { readIndustry } from '../standards/industries.ts';
import { readNumber } from '../standards/numbers.ts';
import { readPhones } from '../standards/phones.ts';
import { cleanText } from '../standards/text.ts';
import { type Measure, readMeasure } from '../standards/units.ts';
import { codeFault, isOrganisationCode, isRegistrationNumber, isTaxpayerNumber } from '../standards/uscc.ts';
import { isPersonName } from './words.data.ts';

/** Everything that one value may be. `serial` is a date as Excel counts, `compact-*` stand without separators. */
export type Fit =
  | 'integer'
  | 'decimal'
  | 'boolean'
  | 'zero-one'
  | 'date'
  | 'compact-date'
  | 'serial'
  | 'time'
  | 'period'
  | 'compact-period'
  | 'code'
  | 'old-code'
  | 'name'
  | 'person'
  | 'phone'
  | 'identity'
  | 'email'
  | 'division'
  | 'division-name'
  | 'industry'
  | 'industry-name'
  | 'address'
  | 'measure'
  | 'percent';

export type ReadValue = {
  fits: ReadonlySet<Fit>;
  measure: Measure | null;
  /** a code of today whose shape is right and whose check is not */
  faulty: boolean;
};

const LENGTH_MAX = 200;
const NOTHING: ReadValue = { fits: new Set(), measure: null, faulty: false };
const FIRST_YEAR = 1949;
const LAST_YEAR = 2100;

const NAME =
  /(?:公司|集团|总?厂|合作社|联合社|合伙企业|独资企业|事务所|研究[院所]|经营部|商行|工作室|分行|支行|信用社|门市部|服务部|加工坊|养殖场|农场|林场|水电站|电站|煤矿|矿业|酒店|商店|超市|中心|学校|医院|个体工商户)(?:\(.{1,20}\)|\d{1,3}#?专变|宿舍|车间|第?.{1,6}(?:分厂|分公司))?$/;
const ADDRESS =
  /(?:(?:省|市|县|区|镇|乡|街道|开发区|园区).{0,40}(?:路|街|大道|巷|号|栋|幢|楼|室|园|区|村|组|镇|乡|里|社区)|(?:路|街|大道|巷|弄).{0,10}\d{1,5}号)/;
const EMAIL = /^[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+$/;
const YES_NO = /^(?:是|否|有|没有|true|false|yes|no|y|n|√|×)$/i;

/** What one value may be. Never throws; costs a few microseconds. */
export function readValue(raw: string): ReadValue {
  if (raw.length > LENGTH_MAX) return NOTHING;
  const text = cleanText(raw);
  const fits = new Set<Fit>();
  const number = /^[\d+\-.(,¥−–]/.test(text) ? readNumber(text) : null;
  if (number !== null) fitNumber(text, number, fits);
  const compact = text.replace(/[\s-]/g, '').toUpperCase();
  const faulty = fitCodes(compact, fits);
  if (/^(?:19|20|21)\d{2}/.test(text)) fitTimes(text, fits);
  else if (/^\d{1,2}[-/.]\d{1,2}[-/.](?:19|20|21)\d{2}/.test(text) && isYearLast(text))
    fits.add(/\d{1,2}:\d{2}/.test(text) ? 'time' : 'date');
  if (
    !fits.has('identity') &&
    !fits.has('code') &&
    // 148200000.00 is no mobile number
    !fits.has('decimal') &&
    /\d{7}|\d{3,4}[-\s)]\s?\d{4}/.test(text) &&
    text.length <= 60
  )
    fitPhone(text, fits);
  const measure = number === null && /\d/.test(text) && text.length <= 30 ? readMeasure(text) : null;
  if (measure) fits.add(measure.quantity === 'ratio' ? 'percent' : 'measure');
  if (number === null) fitWords(text, fits);
  return { fits, measure, faulty };
}

function fitNumber(text: string, number: number, fits: Set<Fit>): void {
  fits.add(/^[+-]?[\d,]+$/.test(text) ? 'integer' : 'decimal');
  if (text === '0' || text === '1') fits.add('zero-one');
  if (number >= 20_000 && number < 60_000 && /^\d{5}(?:\.\d+)?$/.test(text)) fits.add('serial');
  if (!/^\d{2,12}$/.test(text)) return;
  if (/^\d{6}$/.test(text) && presentDivisions().has(text)) fits.add('division');
  else if (readDivision(text) !== null) fits.add('division');
  if (text.length <= 4 && readIndustry(text) !== null) fits.add('industry');
}

/** Numbers of enterprises and persons. Returns true for a code of today that fails only its checks. */
function fitCodes(text: string, fits: Set<Fit>): boolean {
  if (!/^[0-9A-Z]{9,20}$/.test(text) || !/\d{5}/.test(text)) return false;
  if (text.length === 18) {
    const fault = codeFault(text);
    if (fault === null) fits.add('code');
    else if (/^\d{6}(?:19|20)\d{9}[\dX]$/.test(text) && explainCode(text).kind === 'identity-card')
      fits.add('identity');
    else if (fault !== 'format' || /^9[0-9A-Z]3\d{5}/.test(text)) {
      fits.add('code');
      return true;
    }
  } else if (text.length === 15) {
    if (isTaxpayerNumber(text) || isRegistrationNumber(text)) fits.add('old-code');
  } else if (text.length === 9 && isOrganisationCode(text)) fits.add('old-code');
  return false;
}

function fitTimes(text: string, fits: Set<Fit>): void {
  const year = Number(text.slice(0, 4));
  if (year < FIRST_YEAR - 100 || year > LAST_YEAR) return;
  if (/\d{1,2}:\d{2}/.test(text)) {
    if (readDate(text) !== null) fits.add('time');
    return;
  }
  if (/^\d+$/.test(text)) {
    if (text.length === 8 && year >= FIRST_YEAR && readDate(text) !== null) fits.add('compact-date');
    if (text.length === 6 && year >= FIRST_YEAR && readPeriod(text) !== null) fits.add('compact-period');
    return;
  }
  // a whole day reads as a month as well, so the day is asked first
  if (readDate(text) !== null) fits.add('date');
  else if (readPeriod(text) !== null && !/^\d+\.\d+$/.test(text)) fits.add('period');
}

function fitPhone(text: string, fits: Set<Fit>): void {
  const rest = text.replace(/[\d\s()+\-,;、/|.#转]|电话|手机|[Tt][Ee][Ll]|[Ee]xt/g, '');
  if (rest.length <= 4 && readPhones(text).length > 0) fits.add('phone');
}

function fitWords(text: string, fits: Set<Fit>): void {
  if (text.includes('@')) {
    if (EMAIL.test(text)) fits.add('email');
    return;
  }
  if (YES_NO.test(text)) fits.add('boolean');
  if (!/\p{Script=Han}/u.test(text)) {
    if (/^[A-T]\d{2,4}$/i.test(text) && readIndustry(text) !== null) fits.add('industry');
    if (/\b(?:Co\.?,? ?Ltd|Inc|LLC|GmbH|Limited|Corp)\b\.?$/i.test(text)) fits.add('name');
    return;
  }
  const name = NAME.test(text) && text.length >= 4;
  if (name) fits.add('name');
  else if (text.length >= 7 && ADDRESS.test(text)) fits.add('address');
  if (text.length <= 20 && readDivision(text.replace(/\s/g, '')) !== null) fits.add('division-name');
  else if (isPersonName(text)) fits.add('person');
  if (text.length >= 3 && readIndustry(text) !== null) fits.add('industry-name');
}
