import { NewOrganisation, PointKey } from '@ronghe/contracts';
import { expect, it } from 'vitest';
import { isCreditCode } from './codes.ts';
import { createProvince } from './province.ts';

const province = createProvince();

it('is the same every time', () => {
  expect(createProvince()).toEqual(province);
});

it('has enterprises in all 11 cities and all six key industries, and in others', () => {
  expect(new Set(province.enterprises.map(({ city }) => city.name)).size).toBe(11);
  const industries = new Set(province.enterprises.map(({ industry }) => industry.keyIndustry));
  expect(industries.size).toBe(7);
  expect(province.enterprises.length).toBeGreaterThanOrEqual(66);
});

it('gives every enterprise a name and a valid code of its own', () => {
  const { enterprises } = province;
  expect(new Set(enterprises.map(({ name }) => name)).size).toBe(enterprises.length);
  expect(new Set(enterprises.map(({ code }) => code)).size).toBe(enterprises.length);
  expect(enterprises.filter(({ code }) => !isCreditCode(code))).toEqual([]);
});

it('has one plant for each key industry, in six cities, spread over the three protocols', () => {
  const { plants } = province;
  expect(new Set(plants.map(({ truth }) => truth.industry.keyIndustry)).size).toBe(6);
  expect(new Set(plants.map(({ truth }) => truth.city.label)).size).toBe(6);
  for (const protocol of ['opcua', 'modbus', 'sparkplug'])
    expect(plants.some((plant) => plant.protocol === protocol)).toBe(true);
  for (const plant of plants) expect(plant.organisation).toBe(`jx.${plant.truth.city.label}.${plant.key}`);
});

it('gives every plant 8 to 15 points with keys the platform takes, the setpoint among them', () => {
  for (const { points, setpoint, key } of province.plants) {
    expect(points.length, key).toBeGreaterThanOrEqual(8);
    expect(points.length, key).toBeLessThanOrEqual(15);
    for (const point of points) expect(() => PointKey.parse(point.key)).not.toThrow();
    expect(points.map((point) => point.key)).toContain(setpoint.key);
    expect(new Set(points.map((point) => point.key)).size).toBe(points.length);
  }
});

it('gives organisations the platform takes, labelled as simulated, parents first', () => {
  const paths = new Set(['jx']);
  for (const organisation of province.organisations) {
    expect(() => NewOrganisation.parse(organisation)).not.toThrow();
    expect(paths).toContain(organisation.path.slice(0, organisation.path.lastIndexOf('.')));
    paths.add(organisation.path);
    if (organisation.kind === 'enterprise') expect(organisation.name).toContain('（模拟）');
  }
  expect(paths.size).toBe(1 + 11 + 6);
});
