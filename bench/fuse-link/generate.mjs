// A province of invented enterprises as six systems would deliver them, with the errors that such deliveries have. Seeded: the
// same seed and size always give the same rows. Any likeness to a real enterprise is chance.

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import {
  COUNTIES,
  FAMILY,
  FIRST,
  FORMS,
  GIVEN,
  HOMOPHONES,
  LOOKS,
  ROADS,
  SECOND,
  TOWNS,
  TRADES,
} from './words.mjs';

/** mulberry32: 32 bits of state, good enough for test data. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const CODE = '0123456789ABCDEFGHJKLMNPQRTUWXY';
function organisationCode(random) {
  const body = Array.from({ length: 8 }, (_value, at) =>
    at === 0 ? 'M579'[Math.floor(random() * 4)] : CODE[Math.floor(random() * (at < 3 ? 31 : 10))],
  ).join('');
  const value = (character) => (/\d/.test(character) ? Number(character) : character.charCodeAt(0) - 55);
  const sum = [3, 7, 9, 10, 5, 8, 4, 2].reduce((total, weight, at) => total + weight * value(body[at]), 0);
  const check = 11 - (sum % 11);
  return body + (check === 10 ? 'X' : check === 11 ? '0' : check);
}
function creditCode(county, organisation) {
  const body = `91${county}${organisation}`;
  const sum = [...body].reduce((total, character, at) => total + CODE.indexOf(character) * (3 ** at % 31), 0);
  return body + CODE[(31 - (sum % 31)) % 31];
}

const pick = (random, list) => list[Math.floor(random() * list.length)];
function form(random) {
  let at = random();
  for (const [name, share] of FORMS) {
    at -= share;
    if (at < 0) return name;
  }
  return FORMS[0][0];
}
const person = (random) =>
  pick(random, FAMILY) + pick(random, GIVEN) + (random() < 0.75 ? pick(random, GIVEN) : '');
const mobile = (random) =>
  `1${pick(random, ['38', '39', '58', '77', '87', '50', '36'])}${String(Math.floor(random() * 1e8)).padStart(8, '0')}`;

/** One enterprise as it is, before any source writes it down. */
function enterprise(random, number) {
  const county = pick(random, COUNTIES);
  const [trade, division] = pick(random, TRADES);
  const brand = pick(random, FIRST) + pick(random, SECOND) + (random() < 0.3 ? pick(random, SECOND) : '');
  const region =
    random() < 0.35
      ? '江西'
      : random() < 0.5
        ? county.city.replace('市', '')
        : county.name.replace(/[县区市]$/, '').length > 1
          ? county.name.replace(/[县区市]$/, '')
          : county.name;
  const organisation = organisationCode(random);
  return {
    id: `E${String(number).padStart(6, '0')}`,
    county,
    brand,
    trade,
    division,
    region,
    form: form(random),
    organisation,
    code: creditCode(county.code, organisation),
    person: person(random),
    phone:
      random() < 0.6
        ? mobile(random)
        : `${county.area}-${pick(random, ['8', '6', '7', '5'])}${String(Math.floor(random() * 1e6)).padStart(6, '0')}`,
    road: `${pick(random, ROADS)}${pick(random, ['路', '大道', '路', '街'])}`,
    number: 1 + Math.floor(random() * 400),
    town: pick(random, TOWNS),
    established: `${1990 + Math.floor(random() * 33)}-${String(1 + Math.floor(random() * 12)).padStart(2, '0')}-${String(1 + Math.floor(random() * 28)).padStart(2, '0')}`,
    capital: pick(random, [50, 100, 200, 500, 1000, 2000, 3000, 5000, 10000]),
    employees: Math.floor(5 + random() ** 3 * 1500),
    revenue: Math.floor(200 + random() ** 4 * 200000),
    branch: '',
  };
}

const nameOf = ({ region, brand, trade, form: ending, branch }) =>
  `${region}${brand}${trade}${ending}${branch}`;

/** How each source fills and spoils its fields: shares of rows. */
const SOURCES = {
  market: {
    covers: 0.985,
    code: 1,
    slip: 0.003,
    old: 0,
    name: 0.03,
    person: 0.99,
    phone: 0.9,
    address: 0.99,
    figures: 'capital',
  },
  tax: {
    covers: 0.9,
    code: 0.99,
    slip: 0.006,
    old: 0.06,
    name: 0.06,
    person: 0.95,
    phone: 0.9,
    address: 0.95,
    figures: 'revenue',
  },
  power: {
    covers: 0.78,
    code: 0.42,
    slip: 0.03,
    old: 0.04,
    name: 0.35,
    person: 0.6,
    phone: 0.85,
    address: 0.97,
    figures: 'none',
  },
  park: {
    covers: 0.53,
    code: 0.62,
    slip: 0.03,
    old: 0.03,
    name: 0.3,
    person: 0.85,
    phone: 0.7,
    address: 0.9,
    figures: 'none',
  },
  monitor: {
    covers: 0.42,
    code: 0.97,
    slip: 0.01,
    old: 0,
    name: 0.08,
    person: 0.5,
    phone: 0.6,
    address: 0.7,
    figures: 'all',
  },
  self: {
    covers: 0.33,
    code: 0.75,
    slip: 0.05,
    old: 0.03,
    name: 0.3,
    person: 0.9,
    phone: 0.95,
    address: 0.85,
    figures: 'all',
    again: 0.1,
  },
};

function writtenName(random, entity, share) {
  let name = nameOf(entity);
  if (random() < 0.06 && entity.former) name = entity.former;
  if (random() >= share) return random() < 0.04 ? name.replace('有限公司', '有限责任公司') : name;
  const { region, brand, trade, form: ending, branch, county } = entity;
  const changed = [...brand]
    .map((character) => (random() < 0.35 ? (HOMOPHONES[character] ?? character) : character))
    .join('');
  return pick(random, [
    () => `${brand}${trade}${ending}${branch}`,
    () => `江西省${county.city}${brand}${trade}${ending}${branch}`,
    () => `${brand}${trade}（${region}）${ending}${branch}`,
    () => `${region}${changed}${trade}${ending}${branch}`,
    () => `${region}${brand}${trade}${branch}`,
    () =>
      `${region}${brand}${trade}${ending}${branch}（${pick(random, ['一车间', '规上', '筹', '已注销', '宿舍'])}）`,
    () => `${region} ${brand}${trade}${ending}${branch}`,
    () => `${region}${brand}${ending}${branch}`,
    () =>
      `${region}${brand}${trade}${ending === '有限公司' ? '有限责任公司' : ending}${branch}${pick(random, ['2#专变', ''])}`,
  ])();
}

function writtenCode(random, entity, { code, slip, old }) {
  if (random() >= code) return '';
  if (random() < old) return entity.county.code + entity.organisation;
  if (random() >= slip) return random() < 0.01 ? entity.code.toLowerCase() : entity.code;
  const at = 2 + Math.floor(random() * 16);
  const characters = [...entity.code];
  if (random() < 0.3) [characters[at], characters[at - 1]] = [characters[at - 1], characters[at]];
  else
    characters[at] =
      random() < 0.5 ? (LOOKS[characters[at]] ?? pick(random, [...CODE])) : pick(random, [...CODE]);
  return characters.join('');
}

function writtenAddress(random, entity, share) {
  if (random() >= share) return '';
  const { county, town, road, number } = entity;
  const places = [
    `江西省${county.city}${county.name}`,
    `${county.city}${county.name}`,
    county.name,
    `江西省${county.name}`,
  ];
  const place = random() < 0.6 ? places[0] : pick(random, places);
  const shown = random() < 0.06 ? number + 1 : number;
  return `${place}${random() < 0.8 ? `${town}镇` : ''}${random() < 0.93 ? road : `${pick(random, ROADS)}路`}${random() < 0.92 ? `${shown}号` : ''}`;
}

function writtenPhone(random, entity, share, agents) {
  if (random() >= share) return '';
  if (random() < 0.05) return pick(random, agents);
  if (random() < 0.12) return mobile(random);
  if (random() < 0.03) return '13800000000';
  return random() < 0.1 ? entity.phone.replace(/-/, '') : entity.phone;
}

const HEAD =
  'record_id,source,name,code,legal_person,phone,address,county_code,industry_div,established,reg_capital_wan,employees,revenue_wan,entity_id';

function rowOf(random, entity, source, agents) {
  const how = SOURCES[source];
  const figures = how.figures;
  const shown = (value, ...kinds) => (kinds.includes(figures) || figures === 'all' ? value : '');
  return [
    source,
    writtenName(random, entity, how.name),
    writtenCode(random, entity, how),
    random() < how.person ? (random() < 0.06 ? person(random) : entity.person) : '',
    writtenPhone(random, entity, how.phone, agents),
    writtenAddress(random, entity, how.address),
    random() < 0.96 ? entity.county.code : random() < 0.5 ? pick(random, COUNTIES).code : '',
    random() < 0.9 ? entity.division : '',
    shown(entity.established, 'capital'),
    shown(entity.capital, 'capital'),
    shown(entity.employees, 'none') === '' ? '' : Math.round(entity.employees * (0.9 + random() * 0.2)),
    shown(entity.revenue, 'revenue') === '' ? '' : Math.round(entity.revenue * (0.95 + random() * 0.1)),
    entity.id,
  ];
}

/** Writes the rows in a shuffled order and returns how many there are. One enterprise of 40 has a branch, which is one of its own. */
export async function writeProvince(file, { enterprises, seed = 20261130 }) {
  const random = randomFrom(seed);
  const agents = Array.from({ length: Math.max(5, Math.round(enterprises / 200)) }, () => mobile(random));
  const rows = [];
  for (let number = 0; number < enterprises; number += 1) {
    const entity = enterprise(random, number);
    if (random() < 0.04)
      entity.former = `${entity.region}${pick(random, FIRST)}${pick(random, SECOND)}${entity.trade}${entity.form}`;
    const all = [entity];
    if (random() < 0.025) {
      const organisation = organisationCode(random);
      all.push({
        ...entity,
        id: `${entity.id}B`,
        branch: `${pick(random, COUNTIES).name.replace(/[县区市]$/, '')}分公司`,
        organisation,
        code: creditCode(entity.county.code, organisation),
        person: person(random),
        phone: mobile(random),
        number: 1 + Math.floor(random() * 400),
        road: `${pick(random, ROADS)}路`,
      });
    }
    for (const one of all)
      for (const [source, { covers, again = 0 }] of Object.entries(SOURCES)) {
        if (random() >= covers) continue;
        rows.push(rowOf(random, one, source, agents));
        if (random() < again) rows.push(rowOf(random, one, source, agents));
      }
  }
  for (let at = rows.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [rows[at], rows[other]] = [rows[other], rows[at]];
  }
  const out = createWriteStream(file);
  out.write(`${HEAD}\n`);
  for (const [at, row] of rows.entries())
    if (!out.write(`R${String(at + 1).padStart(7, '0')},${row.join(',')}\n`)) await once(out, 'drain');
  out.end();
  await once(out, 'finish');
  return rows.length;
}

if (process.argv[1] === import.meta.filename) {
  const [file, enterprises = '20000', seed = '20261130'] = process.argv.slice(2);
  console.log(await writeProvince(file, { enterprises: Number(enterprises), seed: Number(seed) }));
}
