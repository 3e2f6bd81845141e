import { afterAll, beforeAll, expect, it } from 'vitest';
import { isCreditCode } from '../province/codes.ts';
import { createProvince } from '../province/province.ts';
import { type ParkCloud, startParkCloud } from './park-cloud.ts';
import { isInPark, type ParkRecord, parkRecords } from './park-records.ts';
import { PLANTED_FAULTS } from './planted-faults.ts';

const PASSWORD = 'a password of the test';
const { enterprises } = createProvince();
const records = parkRecords(enterprises);
let system: ParkCloud;
beforeAll(async () => {
  system = await startParkCloud({ port: 0, password: PASSWORD, tokenSeconds: 1 });
});
afterAll(() => system.stop());

const token = async (password = PASSWORD, username = 'ronghe') => {
  const response = await fetch(`${system.url}/api/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  return {
    status: response.status,
    body: (await response.json()) as { access_token: string; expires_in: number },
  };
};
const page = async (query: string, bearer: string) => {
  const response = await fetch(`${system.url}/api/v1/enterprises${query}`, {
    headers: { authorization: `Bearer ${bearer}` },
  });
  const body = (await response.json()) as {
    code: number;
    data: { total: number; pageNo: number; pageSize: number; list: ParkRecord[] };
  };
  return { status: response.status, body };
};

it('hands out all records page by page', async () => {
  const { body } = await token();
  expect(body.expires_in).toBe(1);
  const list: ParkRecord[] = [];
  for (let pageNo = 1; pageNo < 10; pageNo += 1) {
    const answer = await page(`?pageNo=${pageNo}&pageSize=30`, body.access_token);
    expect(answer.body).toMatchObject({ code: 0, data: { total: records.length, pageNo, pageSize: 30 } });
    list.push(...answer.body.data.list);
    if (answer.body.data.list.length < 30) break;
  }
  expect(list).toEqual(records);
});

it('refuses a wrong password, no token, and a page that is none', async () => {
  expect((await token('wrong')).status).toBe(401);
  expect((await token(PASSWORD, 'somebody')).status).toBe(401);
  expect((await page('', 'invented')).status).toBe(401);
  const { body } = await token();
  expect((await page('?pageNo=0', body.access_token)).status).toBe(400);
  expect((await page('?pageSize=501', body.access_token)).status).toBe(400);
});

it('lets a token expire', async () => {
  const { body } = await token();
  expect((await page('', body.access_token)).status).toBe(200);
  await expect
    .poll(async () => (await page('', body.access_token)).status, { timeout: 5000, interval: 200 })
    .toBe(401);
});

/** The field in which each fault is seen; those without one add a record. */
const FIELDS: Readonly<Record<string, keyof ParkRecord>> = {
  'spaces-in-name': 'qymc',
  'full-width-name': 'qymc',
  'form-variant': 'qymc',
  'province-prefix': 'qymc',
  'region-in-brackets': 'qymc',
  'former-name-as-name': 'qymc',
  'missing-name': 'qymc',
  'old-division': 'xzqhdm',
  'missing-code': 'tyshxydm',
  'wrong-check-digit': 'tyshxydm',
  'lower-case-code': 'tyshxydm',
  'full-width-code': 'tyshxydm',
  'missing-phone': 'lxdh',
  'phone-spaces': 'lxdh',
  'phone-brackets': 'lxdh',
  'phone-country-code': 'lxdh',
  'phone-full-width': 'lxdh',
  'missing-legal-person': 'fddbr',
  'missing-key': 'id',
  'date-slashes': 'zcrq',
  'date-chinese': 'zcrq',
  'date-compact': 'zcrq',
  'number-with-comma': 'cyrs',
  'capital-with-unit': 'zczb_wan',
};
const parkFaults = PLANTED_FAULTS.filter(({ system: name }) => name === 'park-cloud');
it.each(parkFaults.map(({ kind, enterprise }) => [kind, enterprise] as const))(
  'plants %s in enterprise %i, and it can be seen',
  (kind, index) => {
    const truth = enterprises[index];
    if (!truth) throw new Error('no such enterprise');
    expect(isInPark(truth)).toBe(true);
    const [dirty, ...extra] = parkRecords([truth]);
    const [clean] = parkRecords([{ ...truth, index: 1_000_000 }]);
    const field = FIELDS[kind];
    if (field) expect(dirty?.[field]).not.toEqual(field === 'id' ? 'YQ001091' : clean?.[field]);
    else expect(extra).toHaveLength(1);
  },
);

it('has exactly one code with a wrong check character, and ids of their own', () => {
  const readable = records.map(({ tyshxydm }) => tyshxydm?.normalize('NFKC').toUpperCase() ?? null);
  const wrong = readable.filter((code) => code !== null && !isCreditCode(code));
  expect(wrong).toHaveLength(1);
  expect(readable.filter((code) => code === null)).toHaveLength(2);
  const ids = records.map(({ id }) => id).filter((id) => id !== '');
  expect(new Set(ids).size).toBe(ids.length);
  expect(records.length - ids.length).toBe(1);
});
