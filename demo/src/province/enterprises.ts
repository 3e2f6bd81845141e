import { creditCode } from './codes.ts';
import { CITIES, type City, type County, cityOf } from './divisions.ts';
import { INDUSTRIES, type Industry, industryOf } from './industries.ts';
import { createRandom, type Random } from './random.ts';

/** What is true of one invented enterprise; the simulated systems each know a part of it, with faults of their own. */
export type Enterprise = {
  /** number in the province, 0 to 5 are the enterprises with a plant */
  index: number;
  name: string;
  shortName: string;
  formerName: string | null;
  code: string;
  city: City;
  county: County;
  park: string;
  address: string;
  industry: Industry;
  legalPerson: string;
  /** digits only; land lines with area code */
  phone: string;
  /** YYYY-MM-DD */
  established: string;
  registeredCapitalWan: number;
  employees: number;
  /** of a whole year, 10,000 yuan */
  revenueWan: number;
};

/** How many enterprises the province has, the six with a plant included. */
export const ENTERPRISES_COUNT = 102;

type Seed = { name: string; shortName: string; city: string; county: string; industry: string };
/** The six with a plant. All invented; likeness to a real enterprise is chance. */
const PLANT_ENTERPRISES: readonly Seed[] = [
  {
    name: '江西豫章澜铜业有限公司',
    shortName: '豫章澜铜业',
    city: 'yingtan',
    county: '360681',
    industry: '3211',
  },
  {
    name: '江西琅溪樾生物医药股份有限公司',
    shortName: '琅溪樾医药',
    city: 'yichun',
    county: '360982',
    industry: '2710',
  },
  {
    name: '九江彭蠡岫纺织有限公司',
    shortName: '彭蠡岫纺织',
    city: 'jiujiang',
    county: '360482',
    industry: '1711',
  },
  {
    name: '赣州章澄重型机床有限责任公司',
    shortName: '章澄重机',
    city: 'ganzhou',
    county: '360702',
    industry: '3422',
  },
  {
    name: '江西庐陵昱电子科技有限公司',
    shortName: '庐陵昱电子',
    city: 'jian',
    county: '360821',
    industry: '3982',
  },
  {
    name: '南昌赣鄱翊航空装备有限公司',
    shortName: '赣鄱翊航装',
    city: 'nanchang',
    county: '360121',
    industry: '3744',
  },
];

const BRAND_FIRST = ['澄', '昱', '泓', '峤', '岚', '翊', '樾', '珩', '璟', '堃', '筠', '湉'] as const;
const BRAND_SECOND = ['洲', '岫', '渊', '垚', '骞', '溱', '朔', '晖', '屿', '穗', '霖', '珂'] as const;
const FORMS = ['有限公司', '有限公司', '有限责任公司', '股份有限公司'] as const;
const SURNAMES = ['熊', '万', '涂', '邹', '章', '喻', '龚', '晏', '揭', '胡', '饶', '曾'] as const;
const GIVEN = [
  '启明',
  '雨晴',
  '振邦',
  '思源',
  '立新',
  '慧敏',
  '国栋',
  '秋实',
  '文轩',
  '海燕',
  '远',
  '静',
] as const;
const PARKS = ['高新技术产业园区', '经济开发区', '工业园区'] as const;
const ROADS = ['创业大道', '工业一路', '兴园路', '科技大道', '赣园路'] as const;

/** The whole invented list, always the same. */
export function generateEnterprises(): readonly Enterprise[] {
  const random = createRandom('ronghe demo province 1');
  const brands = shuffledBrands(random);
  return Array.from({ length: ENTERPRISES_COUNT }, (_, index) => {
    const seed = PLANT_ENTERPRISES[index] ?? inventSeed({ index, random, brand: brands[index] ?? '' });
    return complete({ seed, index, random, formerBrand: brands[brands.length - 1 - index] ?? '' });
  });
}

function shuffledBrands(random: Random): string[] {
  const brands = BRAND_FIRST.flatMap((first) => BRAND_SECOND.map((second) => first + second));
  for (let index = brands.length - 1; index > 0; index -= 1) {
    const other = random.integer(0, index);
    [brands[index], brands[other]] = [brands[other] ?? '', brands[index] ?? ''];
  }
  return brands;
}

/** Cities in turn, so that all eleven have some; industries at random, so that none is alone in a city. */
function inventSeed({ index, random, brand }: { index: number; random: Random; brand: string }): Seed {
  const city = CITIES[index % CITIES.length] ?? cityOf('nanchang');
  const industry = random.pick(INDUSTRIES);
  const trade = random.pick(industry.trades);
  const region = random.next() < 0.4 ? '江西' : city.name.replace(/市$/, '');
  return {
    name: `${region}${brand}${trade}${random.pick(FORMS)}`,
    shortName: `${brand}${trade}`,
    city: city.label,
    county: random.pick(city.counties).division,
    industry: industry.code,
  };
}

type Parts = { seed: Seed; index: number; random: Random; formerBrand: string };
function complete({ seed, index, random, formerBrand }: Parts): Enterprise {
  const city = cityOf(seed.city);
  const county = city.counties.find((candidate) => candidate.division === seed.county);
  if (!county) throw new RangeError(`no county ${seed.county} in ${city.name}`);
  const industry = industryOf(seed.industry);
  const withPlant = index < PLANT_ENTERPRISES.length;
  const year = random.integer(1998, 2022);
  const employees = withPlant ? random.integer(320, 2400) : sized(random, 18, 1500);
  const park = `${county.name.replace(/[市县区]$/, '')}${random.pick(PARKS)}`;
  return {
    index,
    name: seed.name,
    shortName: seed.shortName,
    formerName: index % 9 === 4 ? seed.name.replace(seed.shortName.slice(0, 2), formerBrand) : null,
    code: creditCode(registrationDivision(county, year), organisationBody(index, year)),
    city,
    county,
    park,
    address: `江西省${city.name}${county.name}${park}${random.pick(ROADS)}${random.integer(1, 299)}号`,
    industry,
    legalPerson: random.pick(SURNAMES) + random.pick(GIVEN),
    phone: inventedPhone({ index, city, random }),
    established: `${year}-${two(random.integer(1, 12))}-${two(random.integer(1, 28))}`,
    registeredCapitalWan: random.integer(5, 900) * 100,
    employees,
    revenueWan: Math.round(employees * (25 + random.next() * 130)),
  };
}

/** Few large and many small, as in a real list: the logarithm is spread evenly. */
function sized(random: Random, low: number, high: number): number {
  return Math.round(low * (high / low) ** random.next());
}

/** The code keeps the division of the office at the time of registration, even when the county was renamed later. */
function registrationDivision(county: County, year: number): string {
  return county.old && year < county.old.until ? county.old.division : county.division;
}

/**
 * Bodies out of ranges that are not given out (`99……` before the reform of 2015, `MAX…..` after), so that an invented
 * code is never somebody's.
 */
function organisationBody(index: number, year: number): string {
  const number = String((index * 7919 + 12_345) % 100_000).padStart(5, '0');
  return year < 2015 ? `990${number}` : `MAX${number}`;
}

/** Numbers out of blocks of zeros, not of anybody: `0791-8000 0xxx` and `1x00000xxxx`. */
function inventedPhone({ index, city, random }: { index: number; city: City; random: Random }): string {
  const tail = String(1000 + index);
  return index % 3 === 0
    ? `1${random.pick(['38', '59', '77', '86'])}0000${tail}`
    : `${city.areaCode}8000${tail}`;
}

const two = (value: number): string => String(value).padStart(2, '0');
