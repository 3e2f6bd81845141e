import type { NewOrganisation } from '@ronghe/contracts';
import { CITIES, type City } from './divisions.ts';
import { type Enterprise, generateEnterprises } from './enterprises.ts';
import { PLANTS, type Plant } from './plants.ts';

/** Label of the root organisation, as the platform makes it by default. */
export const ROOT_ORGANISATION = 'jx';

/** The small province: everything the demo knows to be true. Seeded: every call gives the same. */
export type Province = {
  cities: readonly City[];
  enterprises: readonly Enterprise[];
  plants: readonly (Plant & { truth: Enterprise })[];
  /** the cities and the enterprises with a plant, parents before children */
  organisations: readonly NewOrganisation[];
};

/** Builds the province. Everything in it is invented; cities, divisions and industries are facts. */
export function createProvince(): Province {
  const enterprises = generateEnterprises();
  const plants = PLANTS.map((plant) => {
    const truth = enterprises[plant.enterprise];
    if (!truth) throw new RangeError(`no enterprise ${plant.enterprise} for ${plant.key}`);
    return { ...plant, truth };
  });
  return {
    cities: CITIES,
    enterprises,
    plants,
    organisations: [...CITIES.map(cityOrganisation), ...plants.map(plantOrganisation)],
  };
}

const cityOrganisation = (city: City): NewOrganisation => ({
  path: `${ROOT_ORGANISATION}.${city.label}`,
  kind: 'city',
  name: city.name,
  division: city.division,
  code: null,
});

const plantOrganisation = (plant: Plant & { truth: Enterprise }): NewOrganisation => ({
  path: plant.organisation,
  kind: 'enterprise',
  name: `${plant.truth.name}（模拟）`,
  division: null,
  code: plant.truth.code,
});
